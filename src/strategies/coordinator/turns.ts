interface Waiter {
  deadlineMs: number;
  grant: () => void;
  refuse: (error: Error) => void;
}

/** Lets a limited number in at once, the others in the order in which they came. */
export class Turns {
  #free: number;
  readonly #waiting = new Set<Waiter>();

  constructor(limit: number) {
    this.#free = limit;
  }

  /** Takes a turn where one is free and nobody waits; says whether it did. */
  take(): boolean {
    if (this.#free === 0) return false;
    this.#free--;
    return true;
  }

  /**
   * Waits for a turn.
   * @param deadlineMs by `performance.now()`; the promise rejects in the first {@link expire} after it
   */
  wait(deadlineMs: number): Promise<void> {
    if (this.take()) return Promise.resolve();
    return new Promise((grant, refuse) => this.#waiting.add({ deadlineMs, grant, refuse }));
  }

  /** Gives a turn back: the one who has waited longest has it now. */
  leave(): void {
    for (const waiter of this.#waiting) {
      this.#waiting.delete(waiter);
      waiter.grant();
      return;
    }
    this.#free++;
  }

  /** Refuses those whose deadline was before `nowMs`; all with `Infinity`. */
  expire(nowMs: number, error: Error): void {
    for (const waiter of this.#waiting) {
      if (waiter.deadlineMs >= nowMs) continue;
      this.#waiting.delete(waiter);
      waiter.refuse(error);
    }
  }
}
