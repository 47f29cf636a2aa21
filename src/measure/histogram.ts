import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram as HdrHistogram,
  JsHistogram,
} from 'hdr-histogram-js';

/**
 * A histogram of integer nanoseconds (or any count) with 3 significant digits: HdrHistogram, so that counts add up exactly
 * over workers and rounds, and the standard V2 encoding can be read by any HdrHistogram tool.
 * Source: Gil Tene, "HdrHistogram", http://hdrhistogram.org
 */
export class Histogram {
  #counts: HdrHistogram;
  #sum = 0;

  constructor(counts: HdrHistogram = emptyCounts()) {
    this.#counts = counts;
    if (counts.totalCount > 0) this.#sum = counts.mean * counts.totalCount;
  }

  /** Records one value; a negative one (a clock read twice in one tick) counts as 0. */
  record(value: number): void {
    const whole = value > 0 ? Math.round(value) : 0;
    this.#sum += whole;
    this.#counts.recordValue(whole);
  }

  /** Records one value many times. */
  recordMany(value: number, times: number): void {
    if (times === 0) return;
    const whole = value > 0 ? Math.round(value) : 0;
    this.#sum += whole * times;
    this.#counts.recordValueWithCount(whole, times);
  }

  /** Adds all of `other`'s counts. */
  add(other: Histogram): void {
    this.#counts.add(other.#counts);
    this.#sum += other.#sum;
  }

  get count(): number {
    return this.#counts.totalCount;
  }

  /** The mean: exact for values recorded here, within the histogram's resolution for those decoded. 0 when empty. */
  get mean(): number {
    return this.count === 0 ? 0 : this.#sum / this.count;
  }

  get max(): number {
    return this.count === 0 ? 0 : this.#counts.maxValue;
  }

  get min(): number {
    return this.count === 0 ? 0 : this.#counts.minNonZeroValue;
  }

  /** The highest value equivalent to the one at `percentile` (0–100). 0 when empty. */
  percentile(percentile: number): number {
    return this.count === 0 ? 0 : Math.min(this.#counts.getValueAtPercentile(percentile), this.max);
  }

  /**
   * The exact sum and then value and count of each bucket that holds any: what processes of one run send each other, some thirty times
   * as fast as the standard encoding.
   */
  toPairs(): number[] {
    const pairs = [this.#sum];
    const counts = this.#counts;
    if (!(counts instanceof JsHistogram)) throw new TypeError('unexpected kind of histogram');
    for (let index = 0; index < counts.countsArrayLength; index++) {
      const count = counts.getCountAtIndex(index);
      if (count > 0) pairs.push(counts.valueFromIndex(index), count);
    }
    return pairs;
  }

  /** Adds what {@link toPairs} gave. The largest value comes back as the lower end of its bucket, so it is given apart. */
  addPairs(pairs: readonly number[], max: number): void {
    const [sum = 0] = pairs;
    for (let index = 1; index + 1 < pairs.length; index += 2) {
      const last = index + 3 > pairs.length;
      this.#counts.recordValueWithCount(last ? max : (pairs[index] ?? 0), pairs[index + 1] ?? 0);
    }
    this.#sum += sum;
  }

  /** The standard V2 encoding, compressed, in base64. */
  encode(): string {
    return encodeIntoCompressedBase64(this.#counts);
  }

  /** @throws Error when `text` is not a V2-encoded histogram */
  static decode(text: string): Histogram {
    return new Histogram(decodeFromCompressedBase64(text, 32, false));
  }
}

function emptyCounts(): HdrHistogram {
  return build({
    bitBucketSize: 32,
    autoResize: true,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 2,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });
}
