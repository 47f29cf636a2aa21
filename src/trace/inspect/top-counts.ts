export interface Counted {
  key: string;
  count: number;
  /** Sum of the weights given with it. */
  weight: number;
}

/**
 * Counts keys in bounded memory: exactly while there are at most `capacity` of them; beyond, the rarest are dropped now and then, and
 * any count may be short by at most `shortBy`. After Manku and Motwani, "Approximate frequency counts over data streams", 2002.
 */
export class TopCounts {
  readonly #counts = new Map<string, { count: number; weight: number }>();
  readonly #capacity: number;
  #shortBy = 0;
  #dropped = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(key: string, weight: number): void {
    const found = this.#counts.get(key);
    if (found !== undefined) {
      found.count++;
      found.weight += weight;
      return;
    }
    if (this.#counts.size >= 2 * this.#capacity) this.#drop();
    this.#counts.set(key, { count: 1, weight });
  }

  /** Whether every key is still there. */
  get exact(): boolean {
    return !this.#dropped;
  }

  get shortBy(): number {
    return this.#shortBy;
  }

  /** Keys still counted. */
  get size(): number {
    return this.#counts.size;
  }

  /** The most frequent ones, most frequent first. */
  top(count: number): Counted[] {
    return this.#sorted()
      .slice(0, count)
      .map(([key, counted]) => ({ key, ...counted }));
  }

  #sorted(): [string, { count: number; weight: number }][] {
    return [...this.#counts].sort(([, a], [, b]) => b.count - a.count);
  }

  #drop(): void {
    const rare = this.#sorted().slice(this.#capacity);
    this.#shortBy += rare[0]?.[1].count ?? 0;
    this.#dropped = true;
    for (const [key] of rare) this.#counts.delete(key);
  }
}
