import { createHash } from 'node:crypto';
import type { Channel } from '../coordinator/channel.js';
import { poolLockId } from '../coordinator/lock-operations.js';
import { type AcquireOptions, type LockHandle, type Locks, type Meter, noMeter } from '../strategy.js';
import { type Holdings, takeAll } from './lock-set.js';
import { acquireRemote } from './remote-lock.js';

/** Slots whose number is written with this many digits sort as text as they do as numbers. */
const slotDigits = 6;

/** Which of `size` slots a key falls on, the same in every process: the first 48 bits of its SHA-256, modulo `size`. */
export function slotOf(key: string, size: number): number {
  return createHash('sha256').update(key).digest().readUIntBE(0, 6) % size;
}

/** The slot as `guards` and {@link takeAll} want it: a text that sorts as its number does. */
export function slotName(key: string, size: number): string {
  return String(slotOf(key, size)).padStart(slotDigits, '0');
}

/** A fixed pool of locks made when the coordinator starts; several keys share one. */
export class PoolLocks implements Locks {
  readonly #channel: Channel;
  readonly #holdings: Holdings;
  readonly #size: number;

  constructor(channel: Channel, holdings: Holdings, size: number) {
    this.#channel = channel;
    this.#holdings = holdings;
    this.#size = size;
  }

  async acquire(keys: readonly string[], options: AcquireOptions, meter: Meter = noMeter): Promise<LockHandle> {
    const guards = keys.map((key) => slotName(key, this.#size));
    const grants = await takeAll(guards, (slot, rest, phases) => this.#take(slot, rest, phases), options, meter);
    return this.#holdings.hold(grants, guards);
  }

  #take(slot: string, options: AcquireOptions, meter: Meter) {
    return acquireRemote(this.#channel, poolLockId(Number(slot)), `pool slot ${Number(slot)}`, options, meter);
  }
}
