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
    const any = await firstGranted(this.#session.locks, this.#slots, this.#patienceMs - firstTryMs, signal);
    return any === undefined ? undefined : passOf(any);
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}

/**
 * Asks for all slots at once and keeps the first that is granted; undefined where none was in time. When it throws, nothing is held: the
 * first cause is told once every slot has answered, since one may be granted after another has failed.
 */
async function firstGranted(
  locks: Locks,
  slots: readonly string[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<LockHandle | undefined> {
  // A listener on a signal that was aborted before is never called.
  signal.throwIfAborted();
  const enough = new AbortController();
  const giveUp = (): void => enough.abort();
  const kept: LockHandle[] = [];
  const failures: unknown[] = [];
  const ask = async (slot: string): Promise<void> => {
    const handle = await granted(locks, slot, timeoutMs, enough.signal);
    if (handle === undefined) return;
    if (enough.signal.aborted) return handle.release();
    kept.push(handle);
    giveUp();
  };
  const fail = (error: unknown): void => {
    failures.push(error);
    giveUp();
  };
  signal.addEventListener('abort', giveUp);
  await Promise.all(slots.map((slot) => ask(slot).catch(fail)));
  signal.removeEventListener('abort', giveUp);
  const [handle] = kept;
  if (failures.length === 0 && !signal.aborted) return handle;
  // The first cause is told, whatever comes of giving back.
  await handle?.release().catch(() => {});
  throw failures.length > 0 ? failures[0] : signal.reason;
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
