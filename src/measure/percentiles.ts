import type { Histogram } from './histogram.js';
import type { LatencySummary, Percentile } from './result.js';

const shares: readonly [Exclude<Percentile, 'max'>, number][] = [
  ['p50', 50],
  ['p90', 90],
  ['p95', 95],
  ['p99', 99],
  ['p999', 99.9],
];

/** With fewer samples than this beyond it, a percentile is a guess. */
const samplesBeyond = 10;
/** Shares are decimal fractions: 10,000 samples have 9.999… beyond p99.9 where they have 10. */
const tolerance = 1e-6;
const nsPerMs = 1e6;

/**
 * Summary in milliseconds of a histogram of nanoseconds.
 * @param reachedFromNs percentiles of at least this value reach into unfinished operations and are lower bounds
 */
export function percentilesOf(histogram: Histogram, reachedFromNs = Number.POSITIVE_INFINITY): LatencySummary {
  const { count } = histogram;
  const at = (share: number): number => histogram.percentile(share) / nsPerMs;
  const reached = (ns: number): boolean => count > 0 && ns >= reachedFromNs;
  const atLeast: Percentile[] = [
    ...shares.filter(([, share]) => reached(histogram.percentile(share))).map(([name]) => name),
    ...(reached(histogram.max) ? (['max'] as const) : []),
  ];
  const thin = shares
    .filter(([, share]) => count > 0 && count * (1 - share / 100) < samplesBeyond - tolerance)
    .map(([name]) => name);
  return {
    count,
    mean: histogram.mean / nsPerMs,
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    p999: at(99.9),
    max: histogram.max / nsPerMs,
    ...(atLeast.length === 0 ? {} : { atLeast }),
    ...(thin.length === 0 ? {} : { thin }),
  };
}
