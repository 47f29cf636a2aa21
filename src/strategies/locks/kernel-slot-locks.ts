import { IpcbenchError } from '../../errors.js';
import { type AcquireOptions, type LockHandle, type Locks, type Meter, noMeter } from '../strategy.js';
import { type KernelSlots, type QueueOutcome, slotOrder } from './kernel-slots.js';
import { slotOf } from './pool-locks.js';
import { SlotWaiter, timeout } from './slot-waiter.js';

/** A held lock that can tell how its previous holder ended. */
export interface KernelLockHandle extends LockHandle {
  readonly guards: readonly string[];
  /** The previous holder of one of the slots died holding it: what the lock guards may be half written. */
  readonly previousHolderDied: boolean;
}

interface SlotState {
  held: boolean;
  /** The kernel's queue has this process in it. */
  queued: boolean;
  /** First come, first served. */
  waiters: SlotWaiter[];
}

/**
 * Locks over the slots that a kernel keeps. Operations of one process never share a slot: they queue here, and one of them at a time
 * stands for the process in the kernel's queue. After each section the process goes to the end of that queue when others wait, so
 * turns go round the processes, whatever number of operations waits in each.
 */
export class KernelSlotLocks implements Locks {
  readonly #slots: KernelSlots;
  readonly #size: number;
  readonly #states: SlotState[] = [];
  readonly #closed = new IpcbenchError('CLOSED', 'this session is closed: no more locks');
  #closing: Promise<void> | undefined;

  constructor(slots: KernelSlots, size: number) {
    this.#slots = slots;
    this.#size = size;
  }

  async acquire(keys: readonly string[], options: AcquireOptions, meter: Meter = noMeter): Promise<KernelLockHandle> {
    const slotOfEach = keys.map((key) => slotOf(key, this.#size));
    const left = meter.enter('acquire');
    const taken: number[] = [];
    try {
      const slots = slotOrder(slotOfEach);
      this.#takeNow(slots, taken, options);
      if (taken.length < slots.length) await this.#takeRest(slots.slice(taken.length), taken, options);
      return this.#handle(slotOfEach, taken);
    } catch (error) {
      this.#giveAll(taken);
      throw error;
    } finally {
      meter.enter(left);
    }
  }

  /** Gives everything back; who still waits is rejected with `CLOSED`. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  /** Takes from the first one on as many as can be had without waiting; `taken` tells which. */
  #takeNow(slots: readonly number[], taken: number[], options: AcquireOptions): void {
    this.#assertWanted(options);
    for (const slot of slots) {
      if (!this.#take(slot, this.#state(slot))) return;
      taken.push(slot);
    }
  }

  async #takeRest(slots: readonly number[], taken: number[], options: AcquireOptions): Promise<void> {
    const deadlineMs = performance.now() + options.timeoutMs;
    for (const slot of slots) {
      const state = this.#state(slot);
      if (!this.#take(slot, state)) await this.#wait(slot, state, deadlineMs, options);
      taken.push(slot);
      this.#assertWanted(options);
    }
  }

  /** Called whenever others may have run meanwhile. */
  #assertWanted(options: AcquireOptions): void {
    if (this.#closing !== undefined) throw this.#closed;
    if (options.signal?.aborted) throw new IpcbenchError('ABORTED', 'the wait for a lock was aborted');
  }

  #take(slot: number, state: SlotState): boolean {
    if (state.held || state.queued || state.waiters.length > 0) return false;
    state.held = this.#slots.tryTake(slot);
    return state.held;
  }

  async #wait(slot: number, state: SlotState, deadlineMs: number, options: AcquireOptions): Promise<void> {
    if (options.timeoutMs <= 0) throw timeout(this.#slots.nameOf(slot), options.timeoutMs);
    const waiter = new SlotWaiter(this.#slots.nameOf(slot), options, deadlineMs, (gone) => {
      state.waiters.splice(state.waiters.indexOf(gone), 1);
      if (state.waiters.length === 0 && state.queued) this.#slots.leave(slot);
    });
    state.waiters.push(waiter);
    this.#serve(slot, state);
    await waiter.granted;
  }

  /** Sees to it that somebody gets the slot when it can be had. */
  #serve(slot: number, state: SlotState): void {
    if (state.held || state.queued || state.waiters.length === 0) return;
    try {
      if (this.#slots.tryTake(slot)) {
        this.#grant(slot, state);
        return;
      }
      state.queued = true;
      this.#slots.queue(slot, (outcome) => this.#leftQueue(slot, state, outcome));
    } catch (error) {
      state.queued = false;
      this.#fail(state, error instanceof Error ? error : new Error(String(error)));
    }
  }

  #leftQueue(slot: number, state: SlotState, outcome: QueueOutcome): void {
    state.queued = false;
    if (outcome.kind === 'failed') this.#fail(state, outcome.error);
    if (outcome.kind === 'taken') this.#grant(slot, state);
    else this.#serve(slot, state);
  }

  /** A grant that comes too late is given back. */
  #grant(slot: number, state: SlotState): void {
    const waiter = state.waiters.shift();
    state.held = waiter !== undefined;
    if (waiter === undefined) this.#slots.give(slot);
    else waiter.grant();
  }

  #fail(state: SlotState, error: Error): void {
    for (const waiter of state.waiters.splice(0)) waiter.fail(error);
  }

  #handle(slotOfEach: readonly number[], taken: readonly number[]): KernelLockHandle {
    let released = false;
    return {
      fencingToken: this.#countGrant(taken),
      guards: slotOfEach.map((slot) => this.#slots.nameOf(slot)),
      previousHolderDied: taken.some((slot) => this.#slots.previousHolderDied(slot)),
      release: async (meter: Meter = noMeter) => {
        if (released) return;
        released = true;
        const left = meter.enter('release');
        this.#giveAll(taken);
        meter.enter(left);
      },
    };
  }

  /** One more than the highest count among the slots, stored in each: it grows for every one of them. */
  #countGrant(taken: readonly number[]): number | undefined {
    const { grants } = this.#slots;
    if (grants === undefined) return undefined;
    const count = 1 + Math.max(0, ...taken.map((slot) => grants.read(slot)));
    for (const slot of taken) grants.write(slot, count);
    return count;
  }

  #giveAll(taken: readonly number[]): void {
    for (const slot of taken.toReversed()) {
      const state = this.#state(slot);
      if (!state.held) continue;
      this.#slots.give(slot);
      state.held = false;
      this.#serve(slot, state);
    }
  }

  async #end(): Promise<void> {
    for (const [slot, state] of this.#states.entries()) {
      if (state === undefined) continue;
      this.#fail(state, this.#closed);
      if (state.held) this.#slots.give(slot);
      state.held = false;
      if (state.queued) this.#slots.leave(slot);
    }
    await this.#slots.close();
  }

  #state(slot: number): SlotState {
    let state = this.#states[slot];
    if (state === undefined) {
      state = { held: false, queued: false, waiters: [] };
      this.#states[slot] = state;
    }
    return state;
  }
}
