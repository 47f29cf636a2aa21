import type { ServerSession } from './server-session.js';

export interface LockWaiter {
  readonly session: ServerSession;
  granted(token: number): void;
}

/** Counts grants over all locks of a coordinator, so that a later grant has the greater token, whichever locks it was for. */
export interface GrantCounter {
  last: number;
}

/** A lock as the coordinator keeps it. Waiters are served in the order in which they came. Anyone may release it, as in CPython. */
export class ServerLock {
  readonly #grants: GrantCounter;
  readonly #whenIdle: () => void;
  readonly #waiters = new Set<LockWaiter>();
  #holder: ServerSession | undefined;

  /** @param whenIdle called when it was released and nobody waits for it */
  constructor(grants: GrantCounter, whenIdle: () => void = () => {}) {
    this.#grants = grants;
    this.#whenIdle = whenIdle;
  }

  /** The fencing token, or 0 when the lock is taken. */
  tryAcquire(session: ServerSession): number {
    return this.#holder === undefined ? this.#grant(session) : 0;
  }

  wait(waiter: LockWaiter): void {
    this.#waiters.add(waiter);
  }

  stopWaiting(waiter: LockWaiter): void {
    this.#waiters.delete(waiter);
  }

  /** Hands the lock to the next waiter. False when nobody held it. */
  release(): boolean {
    if (this.#holder === undefined) return false;
    this.#holder.held.delete(this);
    this.#holder = undefined;
    for (const next of this.#waiters) {
      this.#waiters.delete(next);
      next.granted(this.#grant(next.session));
      return true;
    }
    this.#whenIdle();
    return true;
  }

  #grant(session: ServerSession): number {
    this.#holder = session;
    session.held.add(this);
    return ++this.#grants.last;
  }
}
