import { randomBytes } from 'node:crypto';
import { IpcbenchError } from '../../errors.js';
import { number, text } from './arguments.js';
import type { Arguments, Caller, later, OperationTable } from './caller.js';
import { operationCodes as codes } from './operation-codes.js';
import { type GrantCounter, ServerLock } from './server-lock.js';

interface LockObject {
  lock: ServerLock;
  references: number;
  /** Stored in a dict, or made at start: kept whatever the references say. CPython never frees a proxied object stored in a dict. */
  pinned: boolean;
}

/** The coordinator's lock objects by id. */
export class LockObjects {
  readonly #objects = new Map<string, LockObject>();
  readonly #grants: GrantCounter;
  /** Ids of two runs of a coordinator never meet. */
  readonly #run = randomBytes(4).toString('hex');
  #created = 0;

  constructor(grants: GrantCounter) {
    this.#grants = grants;
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Makes a lock with one reference, its creator's. */
  create(): string {
    const id = `${this.#run}:${++this.#created}`;
    this.#objects.set(id, { lock: new ServerLock(this.#grants), references: 1, pinned: false });
    return id;
  }

  /** Makes the locks `pool:0` … `pool:<count - 1>`. */
  createPool(count: number): void {
    for (let slot = 0; slot < count; slot++) {
      this.#objects.set(poolLockId(slot), { lock: new ServerLock(this.#grants), references: 0, pinned: true });
    }
  }

  pin(id: string): void {
    this.#object(id).pinned = true;
  }

  count(id: string, change: 1 | -1): void {
    const object = this.#object(id);
    object.references += change;
    if (object.references <= 0 && !object.pinned) this.#objects.delete(id);
  }

  lock(id: string): ServerLock {
    return this.#object(id).lock;
  }

  #object(id: string): LockObject {
    const object = this.#objects.get(id);
    if (object === undefined)
      throw new IpcbenchError('PROTOCOL', `no lock has the id ${JSON.stringify(id.slice(0, 40))}`);
    return object;
  }
}

export function poolLockId(slot: number): string {
  return `pool:${slot}`;
}

/** Lock objects as CPython's manager has them: made, counted, acquired and released by id. */
export function lockOperations(locks: LockObjects): OperationTable {
  return {
    /** () → id */
    [codes.createLock]: () => locks.create(),
    /** (id) */
    [codes.increaseReference]: (_, given) => {
      locks.count(text(given, 0), 1);
      return null;
    },
    /** (id) */
    [codes.decreaseReference]: (_, given) => {
      locks.count(text(given, 0), -1);
      return null;
    },
    /** (id, timeoutMs) → fencing token, 0 when the time was out */
    [codes.acquire]: (caller, given) => acquire(locks.lock(text(given, 0)), caller, number(given, 1)),
    /** (id) → whether it was held */
    [codes.release]: (_: Caller, given: Arguments) => locks.lock(text(given, 0)).release(),
  };
}

/** Grants a lock now or later; replies with its fencing token, or with 0 when `timeoutMs` have passed. */
export function acquire(lock: ServerLock, caller: Caller, timeoutMs: number): number | typeof later {
  const token = lock.tryAcquire(caller.session);
  const giveBack = (): void => {
    lock.release();
  };
  if (token > 0) {
    caller.undoable(giveBack);
    return token;
  }
  if (timeoutMs <= 0) return 0;
  const waiter = {
    session: caller.session,
    granted: (granted: number) => {
      clearTimeout(timer);
      caller.reply(granted);
      caller.undoable(giveBack);
    },
  };
  const timer = setTimeout(() => {
    lock.stopWaiting(waiter);
    caller.reply(0);
  }, timeoutMs);
  lock.wait(waiter);
  return caller.putOff(() => {
    clearTimeout(timer);
    lock.stopWaiting(waiter);
  });
}
