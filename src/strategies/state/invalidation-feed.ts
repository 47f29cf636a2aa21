import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel } from '../coordinator/channel.js';
import { operationCodes as codes } from '../coordinator/operation-codes.js';
import { type Meter, noMeter } from '../strategy.js';

/** What a cache does when it hears of changes elsewhere. */
export interface FeedListener {
  /** Copies of these keys are out of date. */
  changed(structure: string, keys: readonly string[]): void;
  /** All copies are worthless: this client was not listening for a while. */
  reset(): void;
}

const retryPauseMs = 100;

/** Listens to a coordinator's invalidations, and tells others of changes made here. */
export class InvalidationFeed {
  readonly #channel: Channel;
  readonly #listener: FeedListener;
  readonly #leaseMs: number;
  readonly #stopped = new AbortController();
  readonly #loop: Promise<void>;
  /** Settles once the coordinator has answered for the first time, or could not be asked: copies made before that are dropped. */
  readonly begun: Promise<void>;
  #trustedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(channel: Channel, listener: FeedListener, leaseMs: number) {
    this.#channel = channel;
    this.#listener = listener;
    this.#leaseMs = leaseMs;
    this.begun = this.#hear();
    this.#loop = this.begun.then(() => this.#listen());
  }

  /** Whether copies may be used: the coordinator still counts on this client to hear of changes. */
  get trusted(): boolean {
    return performance.now() < this.#trustedUntilMs;
  }

  /** Has the coordinator note that a copy is about to be made. False: it must not be kept. */
  async watch(structure: string, key: string, meter: Meter): Promise<boolean> {
    if (!this.trusted) return false;
    return (await this.#channel.call(codes.watch, [structure, key], meter)) === true;
  }

  /**
   * Tells all other clients that have a copy of `keys`. With `wait`, resolves once none of them uses an older one any more.
   * @param kept of which this client wants to keep copies. Resolves to whether it may
   */
  async announce(
    structure: string,
    keys: readonly string[],
    kept: readonly string[],
    wait: boolean,
    meter: Meter,
  ): Promise<boolean> {
    return (await this.#channel.wait(codes.invalidate, [structure, keys, wait, kept], this.#leaseMs, meter)) === true;
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
  }

  async #listen(): Promise<void> {
    while (!this.#stopped.signal.aborted) await this.#hear();
  }

  async #hear(): Promise<void> {
    const { signal } = this.#stopped;
    try {
      await this.#poll(signal);
    } catch {
      // Whoever writes hears of the trouble; here it only means that copies are not trusted until the coordinator answers again.
      this.#trustedUntilMs = Number.NEGATIVE_INFINITY;
      await sleep(retryPauseMs, undefined, { signal }).catch(() => {});
    }
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const askedMs = performance.now();
    const waitMs = this.#leaseMs / 4;
    const reply = await this.#channel.wait(codes.pollInvalidations, [this.#leaseMs, waitMs], waitMs, noMeter, signal);
    const [reset, changes] = reply as [boolean, [string, string[]][]];
    if (reset) this.#listener.reset();
    for (const [structure, keys] of changes) this.#listener.changed(structure, keys);
    // The coordinator's lease began when the question reached it, which was later.
    this.#trustedUntilMs = askedMs + this.#leaseMs;
  }
}
