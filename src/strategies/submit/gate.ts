/** A place in a gate; leaving twice is harmless. */
export interface Pass {
  leave(): Promise<void>;
}

/** At most so many at a time are inside; the others wait, and not for ever. */
export interface Gate {
  /** Undefined when there was no place within the gate's patience. @throws what `signal` was aborted with */
  enter(signal: AbortSignal): Promise<Pass | undefined>;
  close(): Promise<void>;
}

interface Waiter {
  admit(pass: Pass | undefined): void;
}

/** A gate of one process: whoever waits longest is next. */
export class ProcessGate implements Gate {
  readonly #slots: number;
  readonly #patienceMs: number;
  readonly #waiting = new Set<Waiter>();
  #inside = 0;

  constructor(slots: number, patienceMs: number) {
    this.#slots = slots;
    this.#patienceMs = patienceMs;
  }

  get inside(): number {
    return this.#inside;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  async enter(signal: AbortSignal): Promise<Pass | undefined> {
    signal.throwIfAborted();
    if (this.#inside < this.#slots) return this.#pass();
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        this.#waiting.delete(waiter);
      };
      const waiter: Waiter = {
        admit: (pass) => {
          settle();
          resolve(pass);
        },
      };
      const giveUp = (): void => {
        settle();
        reject(signal.reason);
      };
      const timer = setTimeout(() => waiter.admit(undefined), this.#patienceMs);
      signal.addEventListener('abort', giveUp);
      this.#waiting.add(waiter);
    });
  }

  async close(): Promise<void> {
    for (const waiter of [...this.#waiting]) waiter.admit(undefined);
  }

  #pass(): Pass {
    this.#inside += 1;
    let left = false;
    const leave = async (): Promise<void> => {
      if (left) return;
      left = true;
      this.#inside -= 1;
      const [next] = this.#waiting;
      next?.admit(this.#pass());
    };
    return { leave };
  }
}
