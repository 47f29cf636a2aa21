import type { Histogram } from './histogram.js';
import { medianOf } from './noise.js';

/** Where a true value lies, as far as can be told; `high` is Infinity where nothing bounds it. */
export interface Interval {
  low: number;
  high: number;
}

/** 97.5 % quantile of the normal distribution: two-sided 95 %. */
const normalQuantile = 1.96;

/**
 * 95 % interval of a percentile (0–100) from order statistics: the rank of a sample quantile is binomial, whatever the distribution.
 * Reaches the largest sample at most, though the truth may lie beyond it. Source: David & Nagaraja, "Order Statistics", 3rd ed., §7.1.
 */
export function percentileInterval(histogram: Histogram, percentile: number): Interval {
  const share = percentile / 100;
  const margin = normalQuantile * Math.sqrt(share * (1 - share) * histogram.count);
  const at = (rank: number): number =>
    histogram.percentile((100 * Math.min(histogram.count, Math.max(1, rank))) / Math.max(1, histogram.count));
  return {
    low: at(Math.floor(share * histogram.count - margin)),
    high: at(Math.ceil(share * histogram.count + margin) + 1),
  };
}

/**
 * Interval of the median of `values` from order statistics: the narrowest symmetric one that holds it with 95 %, or all of them where
 * there are fewer than 6 (5 values: 93.75 %). Assumes nothing but independence. Source: David & Nagaraja, §7.1.
 */
export function medianInterval(values: readonly number[]): Interval {
  const sorted = [...values].sort((a, b) => a - b);
  let cut = 0;
  while (2 * binomialTail(sorted.length, cut + 1) <= 0.05) cut++;
  const low = sorted[cut] ?? medianOf(values);
  return { low, high: sorted[sorted.length - 1 - cut] ?? low };
}

/** P(X ≤ successes) of a fair coin thrown `trials` times. */
function binomialTail(trials: number, successes: number): number {
  let term = 0.5 ** trials;
  let sum = 0;
  for (let k = 0; k <= Math.min(successes, trials); k++) {
    sum += term;
    term *= (trials - k) / (k + 1);
  }
  return sum;
}
