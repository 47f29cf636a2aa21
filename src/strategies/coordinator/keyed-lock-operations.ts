import type { Value } from '../strategy.js';
import { number, text, texts, value } from './arguments.js';
import type { Arguments, Caller, later, OperationTable } from './caller.js';
import { operationCodes as codes } from './operation-codes.js';
import { type GrantCounter, ServerLock } from './server-lock.js';
import type { ServerSession } from './server-session.js';
import type { Structures } from './structures.js';

/** Locks by key that exist only while they are held or waited for, and know who holds them. */
export class KeyedLocks {
  readonly #locks = new Map<string, ServerLock>();
  readonly #grants: GrantCounter;
  /** What each client holds, by fencing token. */
  readonly #owned = new WeakMap<ServerSession, Map<number, readonly ServerLock[]>>();

  constructor(grants: GrantCounter) {
    this.#grants = grants;
  }

  get size(): number {
    return this.#locks.size;
  }

  lock(key: string): ServerLock {
    const known = this.#locks.get(key);
    if (known !== undefined) return known;
    const lock = new ServerLock(this.#grants, () => this.#locks.delete(key));
    this.#locks.set(key, lock);
    return lock;
  }

  own(session: ServerSession, token: number, locks: readonly ServerLock[]): void {
    const owned = this.#owned.get(session) ?? new Map<number, readonly ServerLock[]>();
    this.#owned.set(session, owned.set(token, locks));
  }

  /** False when this client holds nothing by that token. */
  release(session: ServerSession, token: number): boolean {
    const locks = this.#owned.get(session)?.get(token);
    if (locks === undefined) return false;
    this.#owned.get(session)?.delete(token);
    for (const lock of locks.toReversed()) lock.release();
    return true;
  }
}

/** Takes several keys for one caller, one after another in sorted order, until it has all of them or is told to stop. */
class Acquisition {
  readonly #locks: KeyedLocks;
  readonly #caller: Caller;
  readonly #keys: readonly string[];
  readonly #taken: ServerLock[] = [];
  #token = 0;
  #leaveQueue = (): void => {};

  constructor(locks: KeyedLocks, caller: Caller, keys: readonly string[]) {
    this.#locks = locks;
    this.#caller = caller;
    this.#keys = keys;
  }

  /** The token when all are taken; otherwise 0, and `done` is called with it once they are. */
  advance(done: (token: number) => void): number {
    while (this.#taken.length < this.#keys.length) {
      const lock = this.#locks.lock(this.#keys[this.#taken.length] ?? '');
      const token = lock.tryAcquire(this.#caller.session);
      if (token === 0) return this.#waitFor(lock, done);
      this.#took(lock, token);
    }
    this.#locks.own(this.#caller.session, this.#token, this.#taken);
    return this.#token;
  }

  stop(): void {
    this.#leaveQueue();
    for (const lock of this.#taken.toReversed()) lock.release();
  }

  #took(lock: ServerLock, token: number): void {
    this.#taken.push(lock);
    this.#token = token;
  }

  #waitFor(lock: ServerLock, done: (token: number) => void): 0 {
    const waiter = {
      session: this.#caller.session,
      granted: (token: number) => {
        this.#leaveQueue = () => {};
        this.#took(lock, token);
        const all = this.advance(done);
        if (all > 0) done(all);
      },
    };
    this.#leaveQueue = () => lock.stopWaiting(waiter);
    lock.wait(waiter);
    return 0;
  }
}

/** One call to take any number of keys, one to give them back; a last write may travel with it. */
export function keyedLockOperations(locks: KeyedLocks, structures: Structures): OperationTable {
  const release = (caller: Caller, given: Arguments): boolean => locks.release(caller.session, number(given, 0));
  return {
    /** ([key …], timeoutMs) → fencing token, 0 when the time was out */
    [codes.acquireKeys]: (caller, given) => acquireKeys(locks, caller, texts(given, 0), number(given, 1)),
    /** (token) → whether this client held it */
    [codes.releaseKeys]: release,
    /** (token, dict, key, value) → whether this client held it; if not, nothing is written */
    [codes.writeAndReleaseKeys]: (caller, given) => {
      const [dict, key, last] = [structures.dict(text(given, 1)), text(given, 2), value(given, 3)];
      if (!release(caller, given)) return false;
      dict.set(key, last);
      return true;
    },
  };
}

function acquireKeys(
  locks: KeyedLocks,
  caller: Caller,
  wanted: readonly string[],
  timeoutMs: number,
): Value | typeof later {
  const keys = [...new Set(wanted)].sort();
  const acquisition = new Acquisition(locks, caller, keys);
  const undo = (token: number) => () => {
    locks.release(caller.session, token);
  };
  let timer: NodeJS.Timeout | undefined;
  const token = acquisition.advance((granted) => {
    clearTimeout(timer);
    caller.reply(granted);
    caller.undoable(undo(granted));
  });
  if (token > 0) {
    caller.undoable(undo(token));
    return token;
  }
  if (timeoutMs <= 0) {
    acquisition.stop();
    return 0;
  }
  timer = setTimeout(() => {
    acquisition.stop();
    caller.reply(0);
  }, timeoutMs);
  return caller.putOff(() => {
    clearTimeout(timer);
    acquisition.stop();
  });
}
