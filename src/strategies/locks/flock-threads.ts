import type { SlotFiles } from './flock-files.js';
import { FlockWaiter } from './flock-waiter.js';
import type { QueueOutcome } from './kernel-slots.js';
import type { ThreadInterrupt } from './libc-signal.js';

/** How often a wait that has no thread yet looks whether its slot has become free. */
const LOOK_EVERY_MS = 5;

interface Wait {
  /** The slot's files as of now: they may have been opened anew. */
  files(): SlotFiles;
  /** Takes the slot if it can be had now. */
  tryNow(): boolean;
  finish(outcome: QueueOutcome): void;
  waiter: FlockWaiter | undefined;
}

/**
 * Threads of our own in which flock(2) may block: libuv's pool has four for everything, and four blocked waits would stop every file
 * read of the process. They all start at once, beforehand: started when first needed, in every process at the same moment, they would
 * take the machine just when it is short. Each waits for one slot at a time. A wait that finds them all busy is never stuck behind them,
 * which would be a deadlock when they wait for what this one's operation holds: it looks for itself until a thread is free.
 */
export class FlockThreads {
  readonly #waits = new Map<number, Wait>();
  readonly #all = new Set<FlockWaiter>();
  readonly #idle: FlockWaiter[] = [];
  #looking: NodeJS.Timeout | undefined;
  #drained: (() => void) | undefined;

  constructor(interrupts: ThreadInterrupt, count: number) {
    for (let index = 0; index < count; index++) this.#start(interrupts);
  }

  /** Settles once the threads can wait. */
  async started(): Promise<void> {
    await Promise.all([...this.#all].map((waiter) => waiter.started));
  }

  wait(slot: number, wait: Omit<Wait, 'waiter'>): void {
    this.#waits.set(slot, { ...wait, waiter: undefined });
    this.#assign();
  }

  cancel(slot: number): void {
    const wait = this.#waits.get(slot);
    if (wait === undefined) return;
    if (wait.waiter === undefined) this.#finish(slot, wait, { kind: 'left' });
    else wait.waiter.cancel();
  }

  /** Gets every thread out of the kernel while the process exits: it would never end otherwise. */
  abandon(): void {
    for (const waiter of this.#all) waiter.abandon();
  }

  /** Resolves once every thread has left the kernel and ended. Waits that are left must have been cancelled. */
  async close(): Promise<void> {
    if (this.#waits.size > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    await Promise.all([...this.#all].map((waiter) => waiter.close()));
    this.#all.clear();
  }

  #start(interrupts: ThreadInterrupt): void {
    const waiter = new FlockWaiter(
      interrupts,
      (free) => {
        this.#idle.push(free);
        this.#assign();
      },
      (broken) => this.#all.delete(broken),
    );
    this.#all.add(waiter);
  }

  /** Threads for the waits that have none, the longest-waiting first. */
  #assign(): void {
    let without = 0;
    for (const [slot, wait] of this.#waits) {
      if (wait.waiter !== undefined) continue;
      wait.waiter = this.#idle.pop();
      if (wait.waiter === undefined) without++;
      else wait.waiter.wait(wait.files(), (outcome) => this.#finish(slot, wait, outcome));
    }
    if (without > 0) this.#looking ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
    else this.#stopLooking();
  }

  #look(): void {
    for (const [slot, wait] of [...this.#waits]) {
      if (wait.waiter !== undefined) continue;
      try {
        if (wait.tryNow()) this.#finish(slot, wait, { kind: 'taken' });
      } catch (error) {
        this.#finish(slot, wait, { kind: 'failed', error: error instanceof Error ? error : new Error(String(error)) });
      }
    }
  }

  #stopLooking(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  #finish(slot: number, wait: Wait, outcome: QueueOutcome): void {
    this.#waits.delete(slot);
    if (this.#waits.size === 0) this.#stopLooking();
    wait.finish(outcome);
    if (this.#waits.size === 0) this.#drained?.();
  }
}
