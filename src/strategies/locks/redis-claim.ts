import { performance } from 'node:perf_hooks';
import type { Meter } from '../strategy.js';
import type { RedisLink } from './redis-link.js';
import { acquireScript, extendScript, type RedisScript, releaseScript } from './redis-scripts.js';

/** What asking for the locks came to. */
export type Attempt =
  | { granted: true; fencingToken: number }
  /**
   * The lease that is in the way ends `leaseLeftMs` from now; negative where it is gone already. Hand-overs that follow have a fencing
   * token greater than `counter`.
   */
  | { granted: false; leaseLeftMs: number; counter: number };

/** What {@link acquireScript} replies. */
type AcquireReply = [fencingToken: number, heldLocks: number, leaseLeftMs?: number, counter?: number];

export interface ClaimPlan {
  /** Identity that the locks are held under, never used twice. */
  token: string;
  /** The fence counter, then lock and queue of each lock in order of taking. */
  keys: readonly string[];
  leaseMs: number;
  /** Whether to queue up for what is not free. */
  queue: boolean;
}

/** One client's claim to some locks: the commands that assert it, and how long it is known to hold. */
export class RedisClaim {
  readonly #link: RedisLink;
  readonly #plan: ClaimPlan;
  #heldLocks = 0;
  #asserted = false;
  /** Monotonic time in ms before which the lease can't have run out: counted from when the request left, as it began after that. */
  #leaseEndMs = 0;

  constructor(link: RedisLink, plan: ClaimPlan) {
    this.#link = link;
    this.#plan = plan;
  }

  get token(): string {
    return this.#plan.token;
  }

  get leaseMs(): number {
    return this.#plan.leaseMs;
  }

  /** Whether Redis may have heard of it. */
  get asserted(): boolean {
    return this.#asserted;
  }

  get holdsSome(): boolean {
    return this.#heldLocks > 0;
  }

  get locks(): number {
    return (this.#plan.keys.length - 1) / 2;
  }

  /** Whether a lease that began since the last attempt is still running for certain. */
  get leaseRuns(): boolean {
    return performance.now() < this.#leaseEndMs;
  }

  /** Takes what is free, in order; renews what is held already. */
  async attempt(meter: Meter): Promise<Attempt> {
    const leaseEndMs = performance.now() + this.#plan.leaseMs;
    const mode = !this.#plan.queue ? 0 : this.#asserted ? 2 : 1;
    this.#asserted = true;
    const reply = (await this.#run(acquireScript, [this.#plan.leaseMs, mode], meter)) as AcquireReply;
    const [fencingToken, heldLocks, leaseLeftMs = 0, counter = 0] = reply;
    this.#leaseEndMs = leaseEndMs;
    for (let created = this.#heldLocks; created < heldLocks; created += 1) meter.lockCreated();
    this.#heldLocks = heldLocks;
    return fencingToken > 0 ? { granted: true, fencingToken } : { granted: false, leaseLeftMs, counter };
  }

  /** Counts the lock that was handed over while waiting in its queue: it existed before. */
  handedOver(): void {
    this.#heldLocks += 1;
  }

  /** Gives everything back, or up. Resolves to how many locks were not held. */
  async release(meter?: Meter): Promise<number> {
    return Number(await this.#run(releaseScript, [], meter));
  }

  /** Begins the leases anew. Resolves to how many locks were not held any more. */
  async extend(meter?: Meter): Promise<number> {
    return Number(await this.#run(extendScript, [this.#plan.leaseMs], meter));
  }

  #run(script: RedisScript, values: readonly number[], meter?: Meter): Promise<unknown> {
    return this.#link.script(script, this.#plan.keys, [this.#plan.token, ...values], meter);
  }
}
