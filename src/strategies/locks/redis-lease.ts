import { IpcbenchError, isIpcbenchError } from '../../errors.js';
import { type LockHandle, type Meter, noMeter } from '../strategy.js';
import type { RedisClaim } from './redis-claim.js';
import { describeLocks } from './redis-keys.js';

export interface LeaseTerms {
  fencingToken: number;
  /** For messages. */
  keys: readonly string[];
  /** Renew the lease for as long as the lock is held. */
  extend: boolean;
  meter: Meter;
  /** Called once, when the release begins. */
  ended: (lease: RedisLease) => void;
}

/** Locks that are held under one lease. */
export class RedisLease implements LockHandle {
  readonly fencingToken: number;
  readonly #claim: RedisClaim;
  readonly #terms: LeaseTerms;
  readonly #renewal: NodeJS.Timeout | undefined;
  #released = false;

  constructor(claim: RedisClaim, terms: LeaseTerms) {
    this.#claim = claim;
    this.#terms = terms;
    this.fencingToken = terms.fencingToken;
    // Twice within a lease, so that one late reply costs nothing. A lock alone keeps no process alive.
    if (terms.extend) this.#renewal = setInterval(() => void this.#renew(), claim.leaseMs / 3).unref();
  }

  async release(meter: Meter = noMeter): Promise<void> {
    if (this.#released) return;
    this.#end();
    const left = meter.enter('release');
    try {
      const lost = await this.#claim.release(meter);
      if (lost > 0) throw this.#lost(`its lease of ${this.#claim.leaseMs} ms ran out before the release`);
    } catch (error) {
      throw isIpcbenchError(error, 'COORDINATOR_LOST') ? this.#lost('Redis is gone', error) : error;
    } finally {
      meter.enter(left);
    }
  }

  /** Stops what keeps the lease alive. */
  #end(): void {
    this.#released = true;
    clearInterval(this.#renewal);
    this.#terms.ended(this);
  }

  /** A renewal that fails is not an error yet: the release finds out whether the lock was lost. */
  async #renew(): Promise<void> {
    try {
      if ((await this.#claim.extend(this.#terms.meter)) > 0) clearInterval(this.#renewal);
    } catch {
      clearInterval(this.#renewal);
    }
  }

  #lost(why: string, cause?: unknown): IpcbenchError {
    const advice = 'make the lease longer than any critical section (expiry=…) or extend it (extend=true)';
    return new IpcbenchError('LOCK_LOST', `${describeLocks(this.#terms.keys)} was lost: ${why}; ${advice}`, { cause });
  }
}
