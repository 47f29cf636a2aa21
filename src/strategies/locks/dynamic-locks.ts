import type { Channel } from '../coordinator/channel.js';
import { operationCodes as codes } from '../coordinator/operation-codes.js';
import { during } from '../metering.js';
import { type AcquireOptions, type LockHandle, type Locks, type Meter, noMeter } from '../strategy.js';
import { type Grant, type Holdings, takeAll } from './lock-set.js';
import { acquireRemote } from './remote-lock.js';

/** Options of strategies that make locks as keys turn up and keep them in a shared dict. */
export const dynamicLockOptions = {
  proxy: {
    type: 'choice',
    default: 'fresh',
    choices: ['fresh', 'kept'],
    describe:
      'a lock fetched out of a dict: fresh (as CPython, a new authenticated connection to count the reference and one more to drop it) or kept (uses the connection at hand)',
  },
  create: {
    type: 'choice',
    default: 'check',
    choices: ['check', 'atomic'],
    describe:
      'a new lock: check (look, then create and store: two processes can both create one) or atomic (one call that looks up or creates)',
  },
} as const;

/** The dict that holds the locks; no structure of a trace is likely to be called so. */
export const lockDict = '\0locks';

export interface DynamicLockOptions {
  proxy: 'fresh' | 'kept';
  create: 'check' | 'atomic';
}

/** Locks made on first use and kept for ever in shared dicts, as teams write it around a multiprocessing manager. */
export class DynamicLocks implements Locks {
  readonly #channel: Channel;
  readonly #holdings: Holdings;
  readonly #options: DynamicLockOptions;
  readonly #dictOf: (key: string) => string;

  /** @param dictOf name of the dict that holds the lock of a key */
  constructor(channel: Channel, holdings: Holdings, options: DynamicLockOptions, dictOf: (key: string) => string) {
    this.#channel = channel;
    this.#holdings = holdings;
    this.#options = options;
    this.#dictOf = dictOf;
  }

  async acquire(keys: readonly string[], options: AcquireOptions, meter: Meter = noMeter): Promise<LockHandle> {
    return this.#holdings.hold(
      await takeAll(keys, (key, rest, phases) => this.#take(key, rest, phases), options, meter),
    );
  }

  async #take(key: string, options: AcquireOptions, meter: Meter): Promise<Grant> {
    const id = await this.#find(key, meter);
    try {
      const grant = await acquireRemote(this.#channel, id, key, options, meter);
      return { token: grant.token, release: (releaseMeter) => this.#release(grant, id, releaseMeter) };
    } catch (error) {
      // A coordinator that is gone keeps no count; the first error is the one to show.
      await during(meter, 'release', () => this.#drop(id, meter)).catch(() => {});
      throw error;
    }
  }

  async #release(grant: Grant, id: string, meter: Meter): Promise<void> {
    await grant.release(meter);
    await during(meter, 'release', () => this.#drop(id, meter));
  }

  async #find(key: string, meter: Meter): Promise<string> {
    const dict = this.#dictOf(key);
    const id = await (this.#options.create === 'atomic'
      ? this.#obtain(dict, key, meter)
      : this.#checkAndCreate(dict, key, meter));
    if (this.#options.proxy === 'fresh')
      await during(meter, 'lookup', () => this.#channel.callFresh(codes.increaseReference, [id], meter));
    return id;
  }

  async #obtain(dict: string, key: string, meter: Meter): Promise<string> {
    const reply = await during(meter, 'lookup', () => this.#channel.call(codes.obtainLock, [dict, key], meter));
    const [id, created] = reply as [string, boolean];
    if (created) meter.lockCreated();
    return id;
  }

  /** The race is here: between `contains` and `storeLock` another process may do the same, and the later store wins. */
  async #checkAndCreate(dict: string, key: string, meter: Meter): Promise<string> {
    const known = await during(meter, 'lookup', () => this.#channel.call(codes.contains, [dict, key], meter));
    if (known !== true) await during(meter, 'create', () => this.#create(dict, key, meter));
    return (await during(meter, 'lookup', () => this.#channel.call(codes.get, [dict, key], meter))) as string;
  }

  /** CPython: one connection creates, one counts the new proxy, one drops the creation's own count, one drops the proxy once it is stored. */
  async #create(dict: string, key: string, meter: Meter): Promise<void> {
    const fresh = this.#options.proxy === 'fresh';
    const id = fresh
      ? await this.#channel.callFresh(codes.createLock, [], meter)
      : await this.#channel.call(codes.createLock, [], meter);
    if (fresh) {
      await this.#channel.callFresh(codes.increaseReference, [id], meter);
      await this.#channel.callFresh(codes.decreaseReference, [id], meter);
    }
    await this.#channel.call(codes.storeLock, [dict, key, id], meter);
    if (fresh) await this.#channel.callFresh(codes.decreaseReference, [id], meter);
    meter.lockCreated();
  }

  async #drop(id: string, meter: Meter): Promise<void> {
    if (this.#options.proxy === 'fresh') await this.#channel.callFresh(codes.decreaseReference, [id], meter);
  }
}
