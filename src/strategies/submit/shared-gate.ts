import { isIpcbenchError } from '../../errors.js';
import type { LockHandle, Locks, Session } from '../strategy.js';
import type { Gate, Pass } from './gate.js';

/** How long to ask for one slot alone before asking for all of them. */
const firstTryMs = 3;

/**
 * A counting semaphore across processes on top of any locks: a slot is a lock, and whoever holds one of them is inside. One slot is asked
 * for first; when it is taken, all are asked for at once and the first that is granted is kept, the others given up or given back. So there
 * are never more inside than slots, whatever the locks cost; waiters are served as fairly as the locks serve theirs.
 */
export class SharedGate implements Gate {
  readonly #session: Session;
  readonly #slots: readonly string[];
  readonly #patienceMs: number;
  #next: number;

  constructor(session: Session, slots: number, patienceMs: number) {
    this.#session = session;
    this.#slots = Array.from({ length: slots }, (_, index) => `gate-slot-${index}`);
    this.#patienceMs = patienceMs;
    // Processes that all began with the first slot would meet there.
    this.#next = process.pid % slots;
  }

  async enter(signal: AbortSignal): Promise<Pass | undefined> {
    signal.throwIfAborted();
    const first = this.#slots[this.#next] ?? '';
    this.#next = (this.#next + 1) % this.#slots.length;
    const alone = await granted(this.#session.locks, first, Math.min(firstTryMs, this.#patienceMs), signal);
    if (alone !== undefined) return passOf(alone);
    const any = await this.#first(signal);
    return any === undefined ? undefined : passOf(any);
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  async #first(signal: AbortSignal): Promise<LockHandle | undefined> {
    const enough = new AbortController();
    const giveUp = (): void => enough.abort();
    signal.addEventListener('abort', giveUp);
    let kept: LockHandle | undefined;
    try {
      const asked = this.#slots.map(async (slot) => {
        const handle = await granted(this.#session.locks, slot, this.#patienceMs - firstTryMs, enough.signal);
        if (handle === undefined) return;
        if (kept === undefined && !signal.aborted) {
          kept = handle;
          enough.abort();
        } else await handle.release();
      });
      await Promise.all(asked);
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
    signal.throwIfAborted();
    return kept;
  }
}

/** Undefined where it was not granted in time, or given up. */
async function granted(
  locks: Locks,
  slot: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<LockHandle | undefined> {
  try {
    return await locks.acquire([slot], { timeoutMs: Math.max(timeoutMs, 1), signal });
  } catch (error) {
    if (isIpcbenchError(error, 'LOCK_TIMEOUT') || isIpcbenchError(error, 'ABORTED')) return undefined;
    throw error;
  }
}

function passOf(handle: LockHandle): Pass {
  return { leave: () => handle.release() };
}
