import { during } from '../metering.js';
import type { AcquireOptions, Meter } from '../strategy.js';
import type { LocalMutexes } from './local-mutexes.js';
import type { Grant, Take } from './lock-set.js';

/** A shared lock that this process holds and may hand from one of its operations to the next. */
interface Possession {
  grant: Grant;
  /** Hand-overs since it was acquired. */
  passed: number;
}

/** More hand-overs than this would make two tokens meet. */
export const maxHandoff = 1000;

/**
 * Hands a shared lock on within the process, a bounded number of times, before giving it back (lock cohorting: Dice, Marathe and
 * Shavit, PPoPP 2012): a hand-over costs no call, and the bound is what keeps other processes from starving.
 */
export class Cohorts {
  readonly #mutexes: LocalMutexes;
  readonly #acquire: Take;
  readonly #handoff: number;
  readonly #possessions = new Map<string, Possession>();

  /** @param acquire takes the shared lock; @param handoff most hand-overs in a row */
  constructor(mutexes: LocalMutexes, acquire: Take, handoff: number) {
    this.#mutexes = mutexes;
    this.#acquire = acquire;
    this.#handoff = handoff;
  }

  async take(name: string, options: AcquireOptions, meter: Meter): Promise<Grant> {
    const startMs = performance.now();
    const turn = await during(meter, 'acquire', () => this.#mutexes.take(name, options));
    try {
      const timeoutMs = Math.max(0, options.timeoutMs - (performance.now() - startMs));
      const possession = this.#possessions.get(name) ?? {
        grant: await this.#acquire(name, { ...options, timeoutMs }, meter),
        passed: 0,
      };
      this.#possessions.delete(name);
      const { grant, passed } = possession;
      // Later grants have the greater token, hand-overs included.
      const token = grant.token === undefined ? undefined : grant.token * (maxHandoff + 1) + passed;
      return { token, release: (releaseMeter) => this.#release(name, turn, grant, passed, releaseMeter) };
    } catch (error) {
      await turn.release(meter);
      throw error;
    }
  }

  async #release(name: string, turn: Grant, grant: Grant, passed: number, meter: Meter): Promise<void> {
    try {
      // Nothing can come between this and the turn's release below: whoever is waiting now is the one that gets it.
      if (passed < this.#handoff && this.#mutexes.contended(name))
        this.#possessions.set(name, { grant, passed: passed + 1 });
      else await grant.release(meter);
    } finally {
      await turn.release(meter);
    }
  }
}
