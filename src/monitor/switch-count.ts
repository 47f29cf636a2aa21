/** How often a thread gave up its core by itself and was made to: proc_pid_status(5). */
export interface Switches {
  voluntary: number;
  involuntary: number;
}

/** Adds up the switches of all threads of a process, those that come and go included while they are seen. */
export class SwitchCount {
  #sum: Switches = { voluntary: 0, involuntary: 0 };
  #latest: ReadonlyMap<number, Switches> | undefined;
  #firstNs = 0;
  #lastNs = 0;

  add(atNs: number, threads: ReadonlyMap<number, Switches>): void {
    if (threads.size === 0) return;
    if (this.#latest === undefined) this.#firstNs = atNs;
    else {
      for (const [tid, now] of threads) {
        const before = this.#latest.get(tid) ?? { voluntary: 0, involuntary: 0 };
        this.#sum.voluntary += now.voluntary - before.voluntary;
        this.#sum.involuntary += now.involuntary - before.involuntary;
      }
    }
    this.#latest = threads;
    this.#lastNs = atNs;
  }

  /** Undefined before two readings. */
  perSecond(): Switches | undefined {
    const seconds = (this.#lastNs - this.#firstNs) / 1e9;
    if (seconds <= 0) return undefined;
    return { voluntary: this.#sum.voluntary / seconds, involuntary: this.#sum.involuntary / seconds };
  }
}
