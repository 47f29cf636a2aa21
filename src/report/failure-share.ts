import type { OperationResult } from '../measure/result.js';

/** Share of all operations of a kind that failed, timed out or never finished, from 0 to 1. Those turned away with 429 have failed. */
export function failureShare({ count, errors, timeouts, unfinished }: OperationResult): number {
  return count === 0 ? 0 : (errors + timeouts + unfinished) / count;
}
