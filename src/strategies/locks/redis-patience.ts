import { IpcbenchError } from '../../errors.js';
import { describeLocks } from './redis-keys.js';

/** How long one acquisition waits: until it is granted, its time is up, or somebody calls it off. */
export class Patience {
  readonly #keys: readonly string[];
  readonly #waitMs: number;
  readonly #timer: NodeJS.Timeout | undefined;
  #verdict: { error: unknown } | undefined;
  #giveUp: ((error: unknown) => void) | undefined;
  #rouse: (() => void) | undefined;
  #deafen: (() => void) | undefined;

  /** @param waitMs 0 asks once and doesn't wait */
  constructor(waitMs: number, keys: readonly string[], signal?: AbortSignal) {
    this.#keys = keys;
    this.#waitMs = waitMs;
    if (waitMs > 0) this.#timer = setTimeout(() => this.end(timeout(keys, waitMs)), waitMs);
    if (signal !== undefined) this.#heed(signal);
  }

  /** Settles as `work` does, or rejects when this patience ends first. */
  outlast<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#giveUp = reject;
      work.then(resolve, reject);
      if (this.#verdict) reject(this.#verdict.error);
    });
  }

  /** Waits until woken (`ready` tells whether that has happened already), at most `restMs`. */
  rest(restMs: number, ready: () => boolean): Promise<void> {
    if (this.#waitMs <= 0) this.end(timeout(this.#keys, 0));
    if (this.#verdict || ready()) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake(), restMs);
      this.#rouse = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  wake(): void {
    this.#rouse?.();
    this.#rouse = undefined;
  }

  /** Ends it; the first cause counts. */
  end(error: unknown): void {
    this.#verdict ??= { error };
    this.#giveUp?.(this.#verdict.error);
    this.wake();
  }

  /** @throws what ended it, if something did */
  check(): void {
    if (this.#verdict) throw this.#verdict.error;
  }

  /** Lets go of timer and signal. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#deafen?.();
  }

  #heed(signal: AbortSignal): void {
    const aborted = (): void => this.end(abortion(this.#keys, signal));
    if (signal.aborted) aborted();
    else signal.addEventListener('abort', aborted);
    this.#deafen = () => signal.removeEventListener('abort', aborted);
  }
}

function timeout(keys: readonly string[], waitMs: number): IpcbenchError {
  return new IpcbenchError('LOCK_TIMEOUT', `${describeLocks(keys)} was not free within ${waitMs} ms`);
}

function abortion(keys: readonly string[], signal: AbortSignal): IpcbenchError {
  return new IpcbenchError('ABORTED', `waiting for ${describeLocks(keys)} was called off`, { cause: signal.reason });
}
