import { readdirSync, readlinkSync } from 'node:fs';
import { SocketAddress } from 'node:net';
import { endianness } from 'node:os';
import { isUnreadable, readProc } from '../system/proc-file.js';

/** A socket on which a process listens, at one moment. */
export interface ListeningSocket {
  transport: 'tcp' | 'unix';
  address: string;
  connections: number;
  queued: number;
}

/**
 * The listening sockets of a process, from the tables of its own network namespace. Takes some 20 ms: for the ends of a watch only.
 * Undefined when its descriptors may not be read. Source: proc_net(5), proc_pid_net(5).
 */
export function listeningSockets(pid: number): ListeningSocket[] | undefined {
  const inodes = socketInodes(pid);
  if (inodes === undefined) return undefined;
  if (inodes.size === 0) return [];
  return [...tcpListeners(pid, inodes), ...unixListeners(pid, inodes)];
}

function socketInodes(pid: number): Set<string> | undefined {
  const inodes = new Set<string>();
  let descriptors: string[];
  try {
    descriptors = readdirSync(`/proc/${pid}/fd`);
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
  for (const descriptor of descriptors) {
    const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${descriptor}`))?.[1];
    if (inode !== undefined) inodes.add(inode);
  }
  return inodes;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

const tcpListen = '0A';
const tcpEstablished = '01';

function tcpListeners(pid: number, inodes: ReadonlySet<string>): ListeningSocket[] {
  const rows = ['tcp', 'tcp6'].flatMap((table) =>
    (readProc(`/proc/${pid}/net/${table}`) ?? '')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((row) => row.length > 9),
  );
  const established = new Map<string, number>();
  for (const row of rows) {
    if (row[3] !== tcpEstablished) continue;
    const port = portOf(row[1] ?? '');
    established.set(port, (established.get(port) ?? 0) + 1);
  }
  return rows
    .filter((row) => row[3] === tcpListen && inodes.has(row[9] ?? ''))
    .map((row) => ({
      transport: 'tcp' as const,
      address: tcpAddress(row[1] ?? ''),
      connections: established.get(portOf(row[1] ?? '')) ?? 0,
      // Of a listener, the receive queue counts connections that wait to be accepted.
      queued: Number.parseInt(row[4]?.split(':')[1] ?? '0', 16),
    }));
}

function portOf(hexAddress: string): string {
  return hexAddress.split(':')[1] ?? '';
}

/** The table holds an address as words of 32 bits in the machine's own byte order. */
function tcpAddress(hexAddress: string): string {
  const [hex = '', port = '0'] = hexAddress.split(':');
  const bytes = Buffer.from(hex, 'hex');
  if (endianness() === 'LE') bytes.swap32();
  const portNumber = Number.parseInt(port, 16);
  if (bytes.length === 4) return `${[...bytes].join('.')}:${portNumber}`;
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return `[${new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address}]:${portNumber}`;
}

/** Flag of a socket that accepts connections: `__SO_ACCEPTCON` in `<linux/net.h>`. */
const acceptsConnections = 0x10000;
const unixConnected = '03';

function unixListeners(pid: number, inodes: ReadonlySet<string>): ListeningSocket[] {
  const listeners = new Map<string, ListeningSocket>();
  const rows = (readProc(`/proc/${pid}/net/unix`) ?? '').split('\n').slice(1).map(unixRow);
  for (const { flags, inode, path } of rows) {
    if ((flags & acceptsConnections) !== 0 && inodes.has(inode))
      listeners.set(path, { transport: 'unix', address: path, connections: 0, queued: 0 });
  }
  for (const { flags, state, inode, path } of rows) {
    const listener = listeners.get(path);
    if (listener === undefined || (flags & acceptsConnections) !== 0) continue;
    // A connection that nobody has accepted yet has no inode.
    if (inode === '0') listener.queued += 1;
    else if (state === unixConnected) listener.connections += 1;
  }
  return [...listeners.values()];
}

/** `Num RefCount Protocol Flags Type St Inode Path`; the path may hold blanks. */
function unixRow(line: string): { flags: number; state: string; inode: string; path: string } {
  const [, , , flags = '0', , state = '', inode = '', ...path] = line.trim().split(/ +/);
  return {
    flags: Number.parseInt(flags, 16),
    state,
    inode,
    path: Buffer.from(path.join(' '), 'latin1').toString('utf8'),
  };
}
