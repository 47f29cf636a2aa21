import { Histogram } from '../measure/histogram.js';

/** A histogram on its way from worker to controller. */
export interface SentHistogram {
  pairs: number[];
  max: number;
}

export function sent(histogram: Histogram): SentHistogram {
  return { pairs: histogram.toPairs(), max: histogram.max };
}

export function addHistograms(all: readonly SentHistogram[]): Histogram {
  const total = new Histogram();
  for (const { pairs, max } of all) total.addPairs(pairs, max);
  return total;
}
