interface Entry {
  dueNs: number;
  order: number;
  wake: () => void;
}

/** Callbacks by due time: earliest first, and among equals, first come first. */
export class DueHeap {
  readonly #entries: Entry[] = [];
  #order = 0;

  /** Infinity when there is nothing. */
  get earliestNs(): number {
    return this.#entries[0]?.dueNs ?? Number.POSITIVE_INFINITY;
  }

  add(dueNs: number, wake: () => void): void {
    const entry = { dueNs, order: this.#order++, wake };
    const entries = this.#entries;
    let index = entries.length;
    entries.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = entries[parent];
      if (above === undefined || !before(entry, above)) break;
      entries[index] = above;
      index = parent;
    }
    entries[index] = entry;
  }

  /** Takes the earliest out. */
  take(): (() => void) | undefined {
    const entries = this.#entries;
    const first = entries[0];
    const last = entries.pop();
    if (last === undefined || entries.length === 0) return first?.wake;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const [left, right] = [entries[child], entries[child + 1]];
      if (left === undefined) break;
      if (right !== undefined && before(right, left)) child += 1;
      const smaller = entries[child];
      if (smaller === undefined || !before(smaller, last)) break;
      entries[index] = smaller;
      index = child;
    }
    entries[index] = last;
    return first?.wake;
  }

  clear(): void {
    this.#entries.length = 0;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.dueNs < b.dueNs || (a.dueNs === b.dueNs && a.order < b.order);
}
