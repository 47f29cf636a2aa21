import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { Redis } from 'ioredis';
import { messageOf } from '../errors.js';
import type { Listener, RedisProfile } from '../measure/profile.js';
import { isElsewhere } from './namespaces.js';

/** How long the server may take to answer. */
const patienceMs = 2000;

/** Commands of this reading itself, which are not the server's load. */
const ownCommands = new Set(['info', 'slowlog|get', 'slowlog', 'auth', 'client|setinfo', 'hello', 'quit']);

/** What INFO and SLOWLOG said at one moment. */
interface RedisState {
  info: ReadonlyMap<string, string>;
  slowLog: { id: number; ms: number; command: string }[];
}

/** A Redis server that is being asked, with commands that only read. */
export class RedisReading {
  readonly #redis: Redis;
  /** The listener it came in through. */
  readonly address: string;
  readonly #before: RedisState;
  readonly #startedMs = performance.now();

  private constructor(redis: Redis, address: string, before: RedisState) {
    this.#redis = redis;
    this.address = address;
    this.#before = before;
  }

  /**
   * Connects to the server behind `pid` through one of its own listening sockets, and makes sure that it is that process.
   * @returns the reading, or in words why the server can't be asked
   */
  static async open(pid: number, listeners: readonly Listener[], password?: string): Promise<RedisReading | string> {
    const listener = listeners.find((each) => each.transport === 'unix') ?? listeners[0];
    if (listener === undefined) return 'it has no listening socket';
    if (listener.transport === 'tcp' && isElsewhere(pid, 'net')) return 'it is in another network namespace';
    const redis = clientFor(pid, listener, password);
    let firstError: unknown;
    redis.on('error', (error) => {
      firstError ??= error;
    });
    try {
      await redis.connect();
      const before = await readState(redis);
      const answering = Number(before.info.get('process_id'));
      if (answering !== pid && !isElsewhere(pid, 'pid')) throw new Error(`process ${answering} answers there`);
      return new RedisReading(redis, listener.address, before);
    } catch (error) {
      redis.disconnect();
      return `${listener.address}: ${explained(messageOf(firstError ?? error))}`;
    }
  }

  /**
   * Asks again, closes the connection, and tells what happened meanwhile.
   * @returns in words why not, when the server has stopped answering
   */
  async finish(): Promise<RedisProfile | string> {
    try {
      const after = await readState(this.#redis);
      return this.#difference(after, (performance.now() - this.#startedMs) / 1000);
    } catch (error) {
      return `${this.address}: ${messageOf(error)}`;
    } finally {
      this.#redis.disconnect();
    }
  }

  #difference(after: RedisState, seconds: number): RedisProfile {
    const number = (name: string): number => Number(after.info.get(name) ?? 0);
    const commands = commandsBetween(this.#before.info, after.info);
    const lastSlow = Math.max(-1, ...this.#before.slowLog.map((entry) => entry.id));
    return {
      address: this.address,
      version: after.info.get('redis_version') ?? 'unknown',
      commandsPerSecond: commands.reduce((sum, command) => sum + command.calls, 0) / seconds,
      // This reading is a client too.
      connectedClients: Math.max(0, number('connected_clients') - 1),
      blockedClients: number('blocked_clients'),
      usedMemoryBytes: number('used_memory'),
      commands: commands.sort((a, b) => b.totalMs - a.totalMs).slice(0, 5),
      slow: after.slowLog.filter((entry) => entry.id > lastSlow).map(({ command, ms }) => ({ command, ms })),
    };
  }
}

function clientFor(pid: number, listener: Listener, password: string | undefined): Redis {
  return new Redis({
    lazyConnect: true,
    connectTimeout: patienceMs,
    commandTimeout: patienceMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    disableClientInfo: true,
    ...addressOf(pid, listener),
    ...(password === undefined ? {} : { password }),
  });
}

function addressOf(pid: number, listener: Listener): { path: string } | { host: string; port: number } {
  if (listener.transport === 'unix') return { path: reachablePath(pid, listener.address) };
  const colon = listener.address.lastIndexOf(':');
  const host = listener.address.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(listener.address.slice(colon + 1));
  return { host: host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host, port };
}

/** The path as seen from here, where the server has another root or named it relative to its folder. */
function reachablePath(pid: number, path: string): string {
  if (!isAbsolute(path)) return `/proc/${pid}/cwd/${path}`;
  return existsSync(path) ? path : `/proc/${pid}/root${path}`;
}

function explained(message: string): string {
  return /NOAUTH|WRONGPASS/.test(message) ? 'it wants a password; put it into REDISCLI_AUTH' : message;
}

async function readState(redis: Redis): Promise<RedisState> {
  const info = new Map<string, string>();
  for (const section of ['default', 'commandstats']) {
    for (const line of (await redis.info(section)).split('\r\n')) {
      const colon = line.indexOf(':');
      if (colon > 0) info.set(line.slice(0, colon), line.slice(colon + 1));
    }
  }
  const entries = (await redis.slowlog('GET', 32)) as [id: number, at: number, us: number, args: string[]][];
  return { info, slowLog: entries.map(([id, , us, args]) => ({ id, ms: us / 1000, command: shortened(args) })) };
}

/** The command and its first argument: the rest may be large, or not for everyone's eyes. */
function shortened(args: readonly string[]): string {
  const first = args.slice(0, 2).join(' ').slice(0, 60);
  return args.length > 2 ? `${first} …` : first;
}

function commandsBetween(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): RedisProfile['commands'] {
  const commands: RedisProfile['commands'] = [];
  for (const [field, text] of after) {
    const name = /^cmdstat_(.+)$/.exec(field)?.[1];
    if (name === undefined || ownCommands.has(name)) continue;
    const [calls, us] = [difference('calls', text, before.get(field)), difference('usec', text, before.get(field))];
    if (calls > 0) commands.push({ name, calls, totalMs: us / 1000, meanUs: us / calls });
  }
  return commands;
}

function difference(field: 'calls' | 'usec', after: string, before: string | undefined): number {
  const pattern = new RegExp(`\\b${field}=(\\d+)`);
  return Number(pattern.exec(after)?.[1] ?? 0) - Number(pattern.exec(before ?? '')?.[1] ?? 0);
}
