import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { IpcbenchError } from '../../errors.js';
import { type AcquireOptions, type LockHandle, type Locks, type Meter, noMeter } from '../strategy.js';
import { RedisClaim } from './redis-claim.js';
import { lockNames, type RedisNames } from './redis-keys.js';
import { RedisLease } from './redis-lease.js';
import type { RedisLink } from './redis-link.js';
import { Patience } from './redis-patience.js';
import type { RedisWakeups } from './redis-wakeups.js';

export interface RedisLockOptions {
  /** How long a lock lasts unless it is released or extended before, in ms. */
  leaseMs: number;
  /** Longest wait for a lock, whatever the caller allows, in ms. */
  waitLimitMs: number;
  /** Mean time between two looks at a lock that is held, in ms, where waiters poll. */
  intervalMs: number;
  extend: boolean;
}

/** How long a wait that has ended stays for its give-back to be confirmed, in ms: only a Redis that hangs takes longer. */
const giveBackMs = 1_000;

/** Locks in Redis. With `wakeups` waiters queue up and are handed the lock; without, they poll. */
export class RedisLocks implements Locks {
  /** Names this client: not to be guessed, so that nobody can hold or release in its name. */
  readonly client: string;
  readonly #link: RedisLink;
  readonly #names: RedisNames;
  readonly #options: RedisLockOptions;
  readonly #wakeups: RedisWakeups | undefined;
  readonly #leases = new Set<RedisLease>();
  readonly #waiting = new Set<Patience>();
  #claims = 0;
  #closed = false;
  readonly #ended = (lease: RedisLease): boolean => this.#leases.delete(lease);
  #onDrained: (() => void) | undefined;

  constructor(
    link: RedisLink,
    names: RedisNames,
    options: RedisLockOptions,
    listener: { client: string; wakeups?: RedisWakeups | undefined } = { client: clientIdentity() },
  ) {
    this.#link = link;
    this.#names = names;
    this.#options = options;
    this.client = listener.client;
    this.#wakeups = listener.wakeups;
    link.gone.addEventListener('abort', () => this.#callOff(link.gone.reason));
    // Without its wake-ups this client would wait in vain, and be handed locks that it never hears of.
    this.#wakeups?.link.gone.addEventListener('abort', () => link.close());
  }

  async acquire(keys: readonly string[], options: AcquireOptions, meter: Meter = noMeter): Promise<LockHandle> {
    if (this.#closed) throw closed();
    const names = lockNames(keys);
    const claim = this.#claim(names);
    const patience = new Patience(Math.min(options.timeoutMs, this.#options.waitLimitMs), keys, options.signal);
    const left = meter.enter('acquire');
    this.#waiting.add(patience);
    try {
      const fencingToken = await patience.outlast(this.#obtain(claim, patience, meter));
      patience.check();
      return this.#lease(claim, fencingToken, keys, meter);
    } catch (error) {
      patience.end(error);
      await this.#giveBack(claim, meter);
      throw error;
    } finally {
      this.#stopWaiting(claim, patience);
      meter.enter(left);
    }
  }

  /** Gives up every wait and every lock. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#callOff(closed());
    const settled = Promise.allSettled([this.#drained(), ...[...this.#leases].map((lease) => lease.release())]);
    await Promise.race([settled, delay(giveBackMs, undefined, { ref: false })]);
  }

  #callOff(reason: unknown): void {
    for (const patience of this.#waiting) patience.end(reason);
  }

  /** Resolves when nobody waits any more. */
  #drained(): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onDrained = resolve;
    });
  }

  #stopWaiting(claim: RedisClaim, patience: Patience): void {
    patience.stop();
    this.#wakeups?.forget(claim.token);
    this.#waiting.delete(patience);
    if (this.#waiting.size === 0) this.#onDrained?.();
  }

  #claim(names: readonly string[]): RedisClaim {
    this.#claims += 1;
    const { leaseMs } = this.#options;
    return new RedisClaim(this.#link, {
      token: `${this.client}:${leaseMs}:${this.#claims.toString(36)}`,
      keys: [this.#names.fence, ...names.flatMap((name) => [this.#names.lock(name), this.#names.queue(name)])],
      leaseMs,
      queue: this.#wakeups !== undefined,
    });
  }

  #lease(claim: RedisClaim, fencingToken: number, keys: readonly string[], meter: Meter): RedisLease {
    const { extend } = this.#options;
    const lease = new RedisLease(claim, { fencingToken, keys, extend, meter, ended: this.#ended });
    this.#leases.add(lease);
    return lease;
  }

  /** Asks until granted. A grant whose lease may have run out before it was seen (this process was paused) is asked for again. */
  async #obtain(claim: RedisClaim, patience: Patience, meter: Meter): Promise<number> {
    let wakeUp = 0;
    this.#wakeups?.expect(claim.token, (fencingToken) => {
      wakeUp = fencingToken;
      patience.wake();
    });
    for (;;) {
      patience.check();
      const attempt = await claim.attempt(meter);
      if (attempt.granted) {
        if (claim.leaseRuns) return attempt.fencingToken;
        continue;
      }
      // Wake-ups and replies come on two connections: one of a hand-over before this attempt may arrive after it, and means nothing.
      const handedOver = (): boolean => wakeUp > attempt.counter;
      await patience.rest(this.#nextLookMs(claim, attempt.leaseLeftMs), handedOver);
      patience.check();
      if (!handedOver()) continue;
      claim.handedOver();
      if (claim.locks === 1 && claim.leaseRuns) return wakeUp;
    }
  }

  /** When to look at a held lock again: at the poll interval give or take half of it, or when the lease in the way has run out. */
  #nextLookMs(claim: RedisClaim, leaseLeftMs: number): number {
    if (this.#wakeups === undefined) return this.#options.intervalMs * (0.5 + Math.random());
    // Leases held meanwhile (of locks earlier in the order) have to be renewed in time.
    const longestMs = claim.holdsSome ? claim.leaseMs / 3 : claim.leaseMs;
    return Math.min(Math.max(leaseLeftMs, 0) + 1, longestMs);
  }

  /** A lock that was granted too late, or is about to be, goes to the next waiter. */
  async #giveBack(claim: RedisClaim, meter: Meter): Promise<void> {
    if (!claim.asserted || this.#link.gone.aborted) return;
    const given = claim.release(meter).catch(() => {});
    await Promise.race([given, delay(giveBackMs, undefined, { ref: false })]);
  }
}

/** An identity that nobody can guess. */
export function clientIdentity(): string {
  return randomBytes(12).toString('base64url');
}

function closed(): IpcbenchError {
  return new IpcbenchError('CLOSED', 'this Redis session is closed: connect a new one');
}
