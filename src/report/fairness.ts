import type { MeasuredResult } from '../measure/result.js';
import { measuredResults, type Report } from './model.js';

/** How many times more lopsided than the fairest strategy of the run counts as unfair. */
const unfairFactor = 4;
/** Fewer sections than this on the best-served worker tell nothing. */
const fewSections = 20;

/** How many times more sections the most served worker entered than the least served. */
function lopsidedness(result: MeasuredResult): number {
  const { min, max } = result.locks.sectionsPerWorker;
  return max / Math.max(1, min);
}

/**
 * The strategies that serve some workers far more often than others. Workers differ by the trace too, so each is held against the
 * fairest strategy on the same trace; with one strategy alone nothing can be told. Where some workers starve, the median is that of the
 * lucky ones: p50 lies.
 */
export function unfairResults(report: Report): MeasuredResult[] {
  const locking = measuredResults(report).filter((result) => result.locks.sectionsPerWorker.max >= fewSections);
  const fairest = Math.min(...locking.map(lopsidedness));
  return locking.filter((result) => lopsidedness(result) >= unfairFactor * fairest && lopsidedness(result) > 1);
}
