/** Buckets grow by 2 %, so a percentile read from them is at most 2 % too high. */
const growth = Math.log(1.02);

/**
 * A sparse, coarse histogram for time series: small enough to be sent each second, and mergeable. Figures in tables come from
 * {@link Histogram} instead.
 */
export class LogBuckets {
  readonly #counts = new Map<number, number>();
  #count = 0;
  #max = 0;

  record(value: number): void {
    const bucket = value < 1 ? 0 : Math.ceil(Math.log(value) / growth);
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + 1);
    this.#count += 1;
    if (value > this.#max) this.#max = value;
  }

  get count(): number {
    return this.#count;
  }

  get max(): number {
    return this.#max;
  }

  /** Upper end of the bucket that holds the value at `percentile` (0–100), never above the largest value seen. 0 when empty. */
  percentile(percentile: number): number {
    let left = Math.max(Math.ceil((percentile / 100) * this.#count), 1);
    for (const [bucket, count] of [...this.#counts].sort(([a], [b]) => a - b)) {
      left -= count;
      if (left <= 0) return Math.min(Math.exp(bucket * growth), this.#max);
    }
    return this.#max;
  }

  /** Plain data: the largest value, then pairs of bucket and count. */
  toJSON(): number[] {
    return [this.#max, ...[...this.#counts].flat()];
  }

  add(data: readonly number[]): void {
    this.#max = Math.max(this.#max, data[0] ?? 0);
    for (let index = 1; index + 1 < data.length; index += 2) {
      const [bucket = 0, count = 0] = [data[index], data[index + 1]];
      this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count);
      this.#count += count;
    }
  }
}
