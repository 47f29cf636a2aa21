import { createHash } from 'node:crypto';

/** Longest lock key that is its own name in Redis; a longer one is named by its digest, so that no call carries 64 KiB of key. */
const longestPlainKey = 128;

/** Names of everything a run keeps in Redis: all under one prefix that no other run and no user has. */
export interface RedisNames {
  readonly prefix: string;
  /** Counter of grants, shared by all locks: fencing tokens, and tickets of the wait queues. */
  readonly fence: string;
  /** Start of the channels on which waiters are woken, a client's identity follows; the scripts make it of the name of `fence`. */
  readonly wake: string;
  lock(name: string): string;
  queue(name: string): string;
}

/** The prefix that all processes of one round share and nobody else can guess: made from what only they know. */
export function prefixOf({ secret, directory, realm }: { secret: string; directory: string; realm?: string }): string {
  const digest = createHash('sha256')
    .update(secret)
    .update('\0')
    .update(realm ?? directory)
    .digest('hex');
  return `ipcbench:${digest.slice(0, 24)}:`;
}

export function redisNames(prefix: string): RedisNames {
  return {
    prefix,
    fence: `${prefix}fence`,
    wake: `${prefix}wake:`,
    lock: (name) => `${prefix}lock:${name}`,
    queue: (name) => `${prefix}queue:${name}`,
  };
}

/**
 * A lock's name, one-to-one with its key. Lone surrogates have no UTF-8, so a key that holds one goes by its digest as well;
 * the leading letter keeps both kinds apart.
 */
export function lockName(key: string): string {
  if (key.length <= longestPlainKey && !/\p{Surrogate}/u.test(key)) return `k${key}`;
  return `h${createHash('sha256').update(Buffer.from(key, 'utf16le')).digest('base64url')}`;
}

/** Names of the distinct locks behind `keys`, in the order in which every process takes them. */
export function lockNames(keys: readonly string[]): string[] {
  const [only] = keys;
  if (keys.length === 1 && only !== undefined) return [lockName(only)];
  return [...new Set(keys.map(lockName))].sort();
}

/** The locks of `keys` as a message shows them: keys may be 64 KiB long. */
export function describeLocks(keys: readonly string[]): string {
  const shown = keys.slice(0, 3).map((key) => JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key));
  return `the Redis lock of ${shown.join(', ')}${keys.length > 3 ? ` and ${keys.length - 3} more` : ''}`;
}
