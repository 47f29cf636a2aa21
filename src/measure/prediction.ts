import type { Interval } from './interval.js';

/**
 * By how many percent one more run differs from earlier ones, as a 95 % interval: the runs' logarithms are taken as normal, and the new
 * run's distance from their mean is held against Student's t with n − 1 degrees of freedom.
 * Source: Hahn & Meeker, "Statistical Intervals", §4.7 (prediction interval for one future observation).
 * @param before figures of at least two earlier runs, all above 0
 * @param own figure of the new run
 */
export function predictionInterval(before: readonly number[], own: number, confidence = 0.95): Interval {
  const logs = before.map((value) => Math.log(Math.max(value, Number.MIN_VALUE)));
  const margin = predictionMargin(logs, confidence);
  const shift = Math.log(Math.max(own, Number.MIN_VALUE)) - meanOf(logs);
  const percent = (log: number): number => 100 * (Math.exp(log) - 1);
  return { low: percent(shift - margin), high: percent(shift + margin) };
}

/** How far one more value may lie from the mean of at least two others that are taken as normal, on either side. */
export function predictionMargin(values: readonly number[], confidence: number): number {
  const n = values.length;
  const mean = meanOf(values);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return studentQuantile(1 - (1 - confidence) / 2, n - 1) * Math.sqrt(variance * (1 + 1 / n));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Quantile of Student's t distribution, found by bisection on its distribution function.
 * @param probability between 0.5 and 1
 */
export function studentQuantile(probability: number, freedom: number): number {
  let low = 0;
  let high = 1;
  while (studentDistribution(high, freedom) < probability && high < 1e9) high *= 2;
  for (let step = 0; step < 80; step++) {
    const middle = (low + high) / 2;
    if (studentDistribution(middle, freedom) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(T ≤ t) for t ≥ 0, by the finite series for whole degrees of freedom. Source: Abramowitz & Stegun, 26.7.3 and 26.7.4. */
export function studentDistribution(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const cosine = Math.cos(angle);
  const even = freedom % 2 === 0;
  let term = even ? 1 : cosine;
  let sum = freedom === 1 ? 0 : term;
  for (let k = even ? 2 : 3; k <= freedom - 2; k += 2) {
    term *= ((k - 1) / k) * cosine * cosine;
    sum += term;
  }
  const inside = even ? Math.sin(angle) * sum : (2 / Math.PI) * (angle + Math.sin(angle) * sum);
  return 0.5 + inside / 2;
}
