import { IpcbenchError } from '../../errors.js';
import type { AcquireOptions } from '../strategy.js';
import { type Grant, lockTimeout } from './lock-set.js';

interface Waiter {
  granted(): void;
}

/** Locks by name among the operations of this process, first come, first served. They exist only while held or waited for. */
export class LocalMutexes {
  readonly #waiters = new Map<string, Set<Waiter>>();

  /** @throws IpcbenchError `LOCK_TIMEOUT`, `ABORTED` */
  async take(name: string, options: AcquireOptions): Promise<Grant> {
    const queue = this.#waiters.get(name);
    if (queue === undefined) this.#waiters.set(name, new Set());
    else await this.#wait(queue, name, options);
    return { token: undefined, release: async () => this.#pass(name) };
  }

  /** Whether somebody waits for it. */
  contended(name: string): boolean {
    return (this.#waiters.get(name)?.size ?? 0) > 0;
  }

  #wait(queue: Set<Waiter>, name: string, { timeoutMs, signal }: AcquireOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (then: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        queue.delete(waiter);
        then();
      };
      const waiter = { granted: () => settle(resolve) };
      const abort = (): void => settle(() => reject(new IpcbenchError('ABORTED', 'waiting was aborted')));
      const timer = setTimeout(() => settle(() => reject(lockTimeout(name, timeoutMs))), timeoutMs);
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted !== true) queue.add(waiter);
    });
  }

  #pass(name: string): void {
    for (const next of this.#waiters.get(name) ?? []) {
      next.granted();
      return;
    }
    this.#waiters.delete(name);
  }
}
