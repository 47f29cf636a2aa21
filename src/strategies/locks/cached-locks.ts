import { isIpcbenchError } from '../../errors.js';
import type { Channel } from '../coordinator/channel.js';
import { operationCodes as codes } from '../coordinator/operation-codes.js';
import { during } from '../metering.js';
import { type AcquireOptions, type LockHandle, type Locks, type Meter, noMeter } from '../strategy.js';
import { lockDict } from './dynamic-locks.js';
import { type Grant, type Holdings, takeAll } from './lock-set.js';
import { acquireRemote } from './remote-lock.js';

/** Locks on the coordinator whose ids each process remembers by key, for ever. */
export class CachedLocks implements Locks {
  readonly #channel: Channel;
  readonly #holdings: Holdings;
  readonly #mode: 'as-written' | 'atomic';
  /** Operations that meet on a new key wait for one look-up. */
  readonly #ids = new Map<string, Promise<string>>();

  constructor(channel: Channel, holdings: Holdings, mode: 'as-written' | 'atomic') {
    this.#channel = channel;
    this.#holdings = holdings;
    this.#mode = mode;
  }

  async acquire(keys: readonly string[], options: AcquireOptions, meter: Meter = noMeter): Promise<LockHandle> {
    return this.#holdings.hold(
      await takeAll(keys, (key, rest, phases) => this.#take(key, rest, phases), options, meter),
    );
  }

  async #take(key: string, options: AcquireOptions, meter: Meter): Promise<Grant> {
    const id = await this.#idOf(key, meter);
    try {
      return await acquireRemote(this.#channel, id, key, options, meter);
    } catch (error) {
      // A coordinator that was started anew knows none of the old locks: the next look-up asks it again.
      if (isIpcbenchError(error, 'PROTOCOL')) this.#ids.delete(key);
      throw error;
    }
  }

  #idOf(key: string, meter: Meter): Promise<string> {
    const known = this.#ids.get(key);
    if (known !== undefined) return during(meter, 'lookup', () => known);
    const found = this.#mode === 'atomic' ? this.#obtain(key, meter) : this.#makeOwn(key, meter);
    this.#ids.set(key, found);
    found.catch(() => this.#ids.delete(key));
    return found;
  }

  /** One lock per key for everybody: whoever asks first makes it. */
  async #obtain(key: string, meter: Meter): Promise<string> {
    const reply = await during(meter, 'lookup', () => this.#channel.call(codes.obtainLock, [lockDict, key], meter));
    const [id, created] = reply as [string, boolean];
    if (created) meter.lockCreated();
    return id;
  }

  /** As teams write it: the shared dict registers the key, but the lock that is remembered is this process' own. It excludes no other. */
  async #makeOwn(key: string, meter: Meter): Promise<string> {
    const known = await during(meter, 'lookup', () => this.#channel.call(codes.contains, [lockDict, key], meter));
    return during(meter, 'create', async () => {
      const id = await this.#channel.call(codes.createLock, [], meter);
      if (known !== true) await this.#channel.call(codes.set, [lockDict, key, true], meter);
      meter.lockCreated();
      return id as string;
    });
  }
}
