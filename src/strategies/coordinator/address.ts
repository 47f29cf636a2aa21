import type { NetConnectOpts } from 'node:net';
import { IpcbenchError } from '../../errors.js';
import type { ListenAddress } from '../strategy.js';

/** What connects to `unix:/path` or `tcp:host:port`. */
export function connectOptions(address: string): NetConnectOpts {
  if (address.startsWith('unix:')) return { path: address.slice(5) };
  const place = listenAddressOf(address);
  if (place === undefined) {
    throw new IpcbenchError('PROTOCOL', `address ${JSON.stringify(address)}: expected unix:/path or tcp:host:port`);
  }
  return { ...place, noDelay: true };
}

/** Where something that is reached at `tcp:host:port` listens; undefined for any other address. */
export function listenAddressOf(address: string): ListenAddress | undefined {
  const [, host, port] = /^tcp:(.+):(\d+)$/.exec(address) ?? [];
  return host === undefined ? undefined : { host, port: Number(port) };
}
