/**
 * A number of locks that the kernel keeps between processes and takes back from one that dies. A process holds a slot at most once,
 * and waits for it at most once, however many of its operations want it: {@link KernelSlotLocks} queues those.
 */
export interface KernelSlots {
  /** Takes the slot if it is free and no other process waits for it. Takes microseconds and never blocks. */
  tryTake(slot: number): boolean;
  /** Queues this process for the slot. `taken` is called once: with the slot taken, withdrawn from after {@link leave}, or with why not. */
  queue(slot: number, taken: (outcome: QueueOutcome) => void): void;
  /** Withdraws from the queue. The slot may still be granted, when that was under way. */
  leave(slot: number): void;
  give(slot: number): void;
  /** Whether the process that held the slot before died holding it, where this can be told. */
  previousHolderDied(slot: number): boolean;
  /** How often the slot was granted, kept where all processes see it, in a slot that is held. Undefined: not kept. */
  grants?: { read(slot: number): number; write(slot: number, count: number): void };
  /** How a report names the slot. */
  nameOf(slot: number): string;
  /** Gives up everything. Nothing may be held or queued any more. */
  close(): Promise<void>;
}

export type QueueOutcome = { kind: 'taken' } | { kind: 'left' } | { kind: 'failed'; error: Error };

/** In the one order in which all processes take them, each once: nobody waits in a circle. */
export function slotOrder(slots: readonly number[]): number[] {
  return slots.length === 1 ? [...slots] : [...new Set(slots)].sort((a, b) => a - b);
}
