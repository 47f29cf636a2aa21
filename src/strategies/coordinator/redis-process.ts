import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { IpcbenchError } from '../../errors.js';

/** How long a server may take to start, in ms. */
const startMs = 10_000;
/** How long a server may take to end when asked, before it is killed, in ms. */
const endMs = 2_000;
/** Longest path that a Unix socket can have (sun_path in unix(7), less its final zero). */
const longestSocketPath = 107;

/** A redis-server of our own: no network port, no files, and it ends with the process that started it. */
export interface RedisProcess {
  readonly pid: number;
  readonly socket: string;
  /** Ends it and waits until it is gone. */
  end(): Promise<void>;
}

/** Where `redis-server` is on the PATH; undefined where it is not installed. */
export async function findRedisServer(path = process.env.PATH ?? ''): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter((name) => name !== '')) {
    const file = join(folder, 'redis-server');
    try {
      await access(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** What to tell those who have none. */
export const redisServerMissing =
  'redis-server is not on the PATH: install it (apt-get install redis-server), or name a running one (redis:url=redis://… or IPCBENCH_REDIS_URL)';

/**
 * Starts `binary` on a Unix socket in `directory`, and resolves once it can be reached.
 * @throws IpcbenchError `UNAVAILABLE` with what the server said when it doesn't start
 */
export async function startRedisServer(binary: string, directory: string, name: string): Promise<RedisProcess> {
  const socket = join(directory, `${name}.sock`);
  if (Buffer.byteLength(socket) > longestSocketPath) {
    const what = `the socket path ${socket} is longer than ${longestSocketPath} bytes: set TMPDIR to a shorter folder`;
    throw new IpcbenchError('UNAVAILABLE', what);
  }
  const guard = startGuard();
  const server = spawn(binary, serverArguments(socket, directory), {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Out of reach of a terminal's Ctrl-C: whoever started it ends it.
    detached: true,
  });
  server.once('exit', () => guard.kill('SIGKILL'));
  server.once('error', () => guard.kill('SIGKILL'));
  guard.stdin?.write(`${server.pid ?? ''}\n`);
  await whenReady(server);
  const pid = server.pid;
  if (pid === undefined) throw new IpcbenchError('UNAVAILABLE', `${binary} did not start`);
  return { pid, socket, end: () => endServer(server) };
}

/** Nothing is saved, and nothing is heard outside the private folder. */
function serverArguments(socket: string, directory: string): string[] {
  const settings: [name: string, value: string][] = [
    ['port', '0'],
    ['unixsocket', socket],
    ['unixsocketperm', '700'],
    ['save', ''],
    ['appendonly', 'no'],
    ['dir', directory],
    ['daemonize', 'no'],
    ['databases', '1'],
    ['loglevel', 'notice'],
  ];
  return settings.flatMap(([name, value]) => [`--${name}`, value]);
}

/**
 * A watcher that kills the server when this process is gone, however it died: its input ends then. It can't kill a stranger: while this
 * process lives it ends as soon as the server does, before the pid can be another's.
 */
function startGuard(): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', 'read -r pid && [ -n "$pid" ] && { read -r _; kill -KILL "$pid"; }'], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.on('error', () => {});
  guard.stdin?.on('error', () => {});
  guard.unref();
  return guard;
}

async function whenReady(server: ChildProcess): Promise<void> {
  const said: string[] = [];
  const ready = new Promise<void>((resolve, reject) => {
    const failed = (reason: string): void =>
      reject(new IpcbenchError('UNAVAILABLE', `redis-server did not start: ${reason}${said.slice(-3).join(' | ')}`));
    const late = setTimeout(() => failed(`not ready after ${startMs / 1000} s: `), startMs);
    const settle = (act: () => void) => (): void => {
      clearTimeout(late);
      act();
    };
    server.once('error', (error) => settle(() => failed(error.message))());
    // 'close' comes after the last output, so that the reason is among it.
    server.once(
      'close',
      settle(() => failed('it ended: ')),
    );
    for (const stream of [server.stdout, server.stderr]) {
      if (!stream) continue;
      createInterface(stream).on('line', (line) => {
        if (/ready to accept connections/i.test(line)) settle(resolve)();
        else if (said.length < 100) said.push(line.trim());
      });
    }
  });
  try {
    await ready;
  } catch (error) {
    await endServer(server);
    throw error;
  }
}

async function endServer(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  const inTime = await Promise.race([ended.then(() => true), delay(endMs, false, { ref: false })]);
  if (!inTime) server.kill('SIGKILL');
  await ended;
}
