import type { NetConnectOpts } from 'node:net';
import { IpcbenchError } from '../../errors.js';

/** What connects to `unix:/path` or `tcp:host:port`. */
export function connectOptions(address: string): NetConnectOpts {
  if (address.startsWith('unix:')) return { path: address.slice(5) };
  const match = /^tcp:(.+):(\d+)$/.exec(address);
  if (match === null) {
    throw new IpcbenchError('PROTOCOL', `address ${JSON.stringify(address)}: expected unix:/path or tcp:host:port`);
  }
  return { host: match[1] ?? '', port: Number(match[2]), noDelay: true };
}
