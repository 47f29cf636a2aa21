import { IpcbenchError } from '../../errors.js';
import { longestTimerMs } from '../../measure/clock.js';
import type { AcquireOptions } from '../strategy.js';

/** One operation that waits for one slot: settles once, as the first of granted, timed out, aborted and failed. */
export class SlotWaiter {
  readonly granted: Promise<void>;
  #settle: { resolve: () => void; reject: (error: Error) => void } | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #signal: AbortSignal | undefined;
  readonly #gaveUp: () => void;
  readonly #abort = (): void => this.#giveUp(new IpcbenchError('ABORTED', 'the wait for a lock was aborted'));

  /** `gaveUp` is called when the waiter no longer wants the slot. */
  constructor(slotName: string, options: AcquireOptions, deadlineMs: number, gaveUp: (waiter: SlotWaiter) => void) {
    this.#gaveUp = () => gaveUp(this);
    this.granted = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    const remainingMs = Math.min(Math.max(deadlineMs - performance.now(), 0), longestTimerMs);
    this.#timer = setTimeout(() => this.#giveUp(timeout(slotName, options.timeoutMs)), remainingMs);
    this.#signal = options.signal;
    this.#signal?.addEventListener('abort', this.#abort, { once: true });
  }

  grant(): void {
    this.#end()?.resolve();
  }

  fail(error: Error): void {
    this.#end()?.reject(error);
  }

  #giveUp(error: Error): void {
    const settle = this.#end();
    if (settle === undefined) return;
    this.#gaveUp();
    settle.reject(error);
  }

  #end(): { resolve: () => void; reject: (error: Error) => void } | undefined {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#abort);
    const settle = this.#settle;
    this.#settle = undefined;
    return settle;
  }
}

export function timeout(slotName: string, timeoutMs: number): IpcbenchError {
  return new IpcbenchError('LOCK_TIMEOUT', `no lock within ${timeoutMs} ms: ${slotName} is held by another`);
}
