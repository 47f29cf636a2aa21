import { chmod, rm } from 'node:fs/promises';
import { connect, createServer, type ListenOptions, type Socket } from 'node:net';
import { join } from 'node:path';
import { IpcbenchError, systemCodeOf } from '../../errors.js';
import type { ListenAddress, RunningCoordinator } from '../strategy.js';
import { Peer, type PeerSetup } from './peer.js';

/**
 * How many connects may wait to be accepted. On a Unix socket as CPython's manager since 3.13 (16 before): beyond it a client gets EAGAIN
 * and tries again. A TCP client would sit out the retransmission timer of its SYN, a second and more.
 */
const acceptQueueLengths = { unix: 128, tcp: 1024 } as const;
/** `sun_path` of unix(7), less its closing zero. */
const maxSocketPathBytes = 107;

export interface Listening {
  transport: 'unix' | 'tcp';
  /** Folder (0700) for the socket. */
  directory: string;
  name: string;
  /** For TCP. Default: a free port of the loopback interface. */
  listen?: ListenAddress | undefined;
}

/** Serves operations on a Unix socket only its owner may open, or on TCP: on the loopback interface unless told otherwise. */
export async function serve(where: Listening, setup: PeerSetup): Promise<RunningCoordinator> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    new Peer(socket, setup);
  });
  const path = join(where.directory, `${where.name}.sock`);
  if (where.transport === 'unix') await removeStaleSocket(where, path);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(where, error)));
    server.listen({ ...listenOptions(where, path), backlog: acceptQueueLengths[where.transport] }, resolve);
  });
  if (where.transport === 'unix') await chmod(path, 0o600);
  const bound = server.address();
  return {
    address: typeof bound === 'object' && bound !== null ? `tcp:${bound.address}:${bound.port}` : `unix:${path}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A server that was killed leaves its socket's name behind: nobody answers there. */
async function removeStaleSocket(where: Listening, path: string): Promise<void> {
  const code = await new Promise<string | undefined>((resolve) => {
    const probe = connect(path, () => {
      probe.destroy();
      resolve(undefined);
    });
    probe.once('error', (error) => resolve(systemCodeOf(error) ?? 'unknown'));
  });
  if (code === 'ECONNREFUSED') await rm(path, { force: true });
  if (code !== undefined) return;
  throw new IpcbenchError(
    'FILE',
    `coordinator ${where.name}: another is serving at ${path}; end it or use another folder`,
  );
}

function listenOptions(where: Listening, path: string): ListenOptions {
  if (where.transport === 'tcp') return where.listen ?? { host: '127.0.0.1', port: 0 };
  if (Buffer.byteLength(path) <= maxSocketPathBytes) return { path };
  throw new IpcbenchError(
    'FILE',
    `coordinator ${where.name}: socket path ${path} is longer than ${maxSocketPathBytes} bytes; set TMPDIR to a shorter folder`,
  );
}

function cannotListen(where: Listening, error: Error): IpcbenchError {
  const { transport, directory, listen } = where;
  const place = transport === 'unix' ? `in ${directory}` : `at ${listen?.host ?? '127.0.0.1'}:${listen?.port ?? 0}`;
  return new IpcbenchError('FILE', `coordinator ${where.name} cannot listen ${place}: ${error.message}`, {
    cause: error,
  });
}
