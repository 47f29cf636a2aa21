import { IpcbenchError } from '../../errors.js';
import type { Channel } from '../coordinator/channel.js';
import { operationCodes as codes } from '../coordinator/operation-codes.js';
import { during } from '../metering.js';
import {
  type AcquireOptions,
  type LockHandle,
  type Locks,
  type Meter,
  noMeter,
  type PendingWrite,
} from '../strategy.js';
import { type Grant, type Holdings, lockTimeout } from './lock-set.js';

/** The coordinator's own table of locks by key: any number of keys in one call, and one to give them back. */
export class KeyedLocks implements Locks {
  readonly #channel: Channel;
  readonly #holdings: Holdings;
  readonly #lastWrite: boolean;

  /** @param lastWrite whether a last write may travel with the release: state is on the same coordinator */
  constructor(channel: Channel, holdings: Holdings, lastWrite: boolean) {
    this.#channel = channel;
    this.#holdings = holdings;
    this.#lastWrite = lastWrite;
  }

  async acquire(keys: readonly string[], options: AcquireOptions, meter: Meter = noMeter): Promise<LockHandle> {
    const { timeoutMs, signal } = options;
    const token = await during(meter, 'acquire', () =>
      this.#channel.wait(codes.acquireKeys, [keys, timeoutMs], timeoutMs, meter, signal),
    );
    if (typeof token !== 'number' || token === 0) throw lockTimeout(keys.join(', '), timeoutMs);
    return this.#holdings.hold([this.#grant(token)]);
  }

  #grant(token: number): Grant {
    const release = (meter: Meter): Promise<void> => this.#release(codes.releaseKeys, [token], meter);
    if (!this.#lastWrite) return { token, release };
    const releaseWith = ({ structure, key, value }: PendingWrite, meter: Meter): Promise<void> =>
      this.#release(codes.writeAndReleaseKeys, [token, structure, key, value], meter);
    return { token, release, releaseWith };
  }

  async #release(code: number, body: readonly unknown[], meter: Meter): Promise<void> {
    const held = await during(meter, 'release', () => this.#channel.call(code, body, meter));
    if (held !== true)
      throw new IpcbenchError('LOCK_LOST', `the coordinator ${this.#channel.name} knows no such holder any more`);
  }
}
