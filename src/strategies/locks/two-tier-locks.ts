import type { Channel } from '../coordinator/channel.js';
import { poolLockId } from '../coordinator/lock-operations.js';
import { during } from '../metering.js';
import { type AcquireOptions, type LockHandle, type Locks, type Meter, noMeter } from '../strategy.js';
import { Cohorts } from './cohort.js';
import { LocalMutexes } from './local-mutexes.js';
import { type Grant, type Holdings, releaseAll, type Take, takeAll } from './lock-set.js';
import { slotName } from './pool-locks.js';
import { acquireRemote } from './remote-lock.js';

/**
 * First a lock among the operations of this process, then the pool's lock among processes. The first is one per key; where pool locks are
 * handed on it is one per slot, since that is what is handed on (and two keys of one slot would meet at the second tier anyway).
 */
export class TwoTierLocks implements Locks {
  readonly #holdings: Holdings;
  readonly #size: number;
  readonly #keys = new LocalMutexes();
  readonly #cohorts: Cohorts | undefined;
  readonly #takeShared: Take;

  /** @param handoff how many times in a row a pool lock is handed on within the process before it is given back */
  constructor(channel: Channel, holdings: Holdings, size: number, handoff: number) {
    this.#holdings = holdings;
    this.#size = size;
    this.#takeShared = (slot, options, meter) =>
      acquireRemote(channel, poolLockId(Number(slot)), `pool slot ${Number(slot)}`, options, meter);
    this.#cohorts = handoff === 0 ? undefined : new Cohorts(new LocalMutexes(), this.#takeShared, handoff);
  }

  async acquire(keys: readonly string[], options: AcquireOptions, meter: Meter = noMeter): Promise<LockHandle> {
    const guards = keys.map((key) => slotName(key, this.#size));
    const cohorts = this.#cohorts;
    const grants =
      cohorts === undefined
        ? await this.#takeBoth(keys, guards, options, meter)
        : await takeAll(guards, (slot, rest, phases) => cohorts.take(slot, rest, phases), options, meter);
    return this.#holdings.hold(grants, guards);
  }

  async #takeBoth(
    keys: readonly string[],
    guards: readonly string[],
    options: AcquireOptions,
    meter: Meter,
  ): Promise<Grant[]> {
    const startMs = performance.now();
    const own = await during(meter, 'acquire', () =>
      takeAll(keys, (key, rest) => this.#keys.take(key, rest), options, meter),
    );
    try {
      const timeoutMs = Math.max(0, options.timeoutMs - (performance.now() - startMs));
      // Released in reverse: the shared ones first.
      return [...own, ...(await takeAll(guards, this.#takeShared, { ...options, timeoutMs }, meter))];
    } catch (error) {
      await releaseAll(own, meter);
      throw error;
    }
  }
}
