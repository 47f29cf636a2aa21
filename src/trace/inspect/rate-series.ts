const bars = '▁▂▃▄▅▆▇█';

/** Counts over time in at most `slots` slots of equal width, which doubles whenever a time lies beyond the last one. */
export class RateSeries {
  readonly #counts: number[] = [];
  readonly #slots: number;
  #slotMs: number;

  constructor(slots: number, firstSlotMs: number) {
    this.#slots = slots;
    this.#slotMs = firstSlotMs;
  }

  add(atMs: number): void {
    while (atMs >= this.#slots * this.#slotMs) this.#widen();
    const slot = Math.floor(atMs / this.#slotMs);
    while (this.#counts.length <= slot) this.#counts.push(0);
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
  }

  /** Counts per slot, up to `durationMs` where nothing came at the end. */
  series(durationMs: number): { slotMs: number; counts: number[] } {
    const wanted = Math.min(this.#slots, Math.ceil(durationMs / this.#slotMs));
    const tail = new Array<number>(Math.max(0, wanted - this.#counts.length)).fill(0);
    return { slotMs: this.#slotMs, counts: [...this.#counts, ...tail] };
  }

  #widen(): void {
    const pairs = Math.ceil(this.#counts.length / 2);
    const folded = Array.from(
      { length: pairs },
      (_, pair) => (this.#counts[2 * pair] ?? 0) + (this.#counts[2 * pair + 1] ?? 0),
    );
    this.#counts.splice(0, this.#counts.length, ...folded);
    this.#slotMs *= 2;
  }
}

/** One bar a count, scaled to the largest. */
export function sparkline(counts: readonly number[]): string {
  const largest = Math.max(0, ...counts);
  return counts.map((count) => bars[largest === 0 ? 0 : Math.round((count / largest) * (bars.length - 1))]).join('');
}
