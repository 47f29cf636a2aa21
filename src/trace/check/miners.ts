import type { MinerDraw, MinerLine } from '../operation.js';
import { isCount, isDuration, isObject } from './value.js';

/** Of the logarithm: beyond it a draw may exceed what a number holds, and nothing answers with such a spread. */
const largestSigma = 100;

/** The most miners that a cycle may draw: far beyond any network of them, and still an array that a process can hold. */
const mostMiners = 1_000_000;

const isShare = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1;
const optional = (value: unknown, holds: (value: unknown) => boolean): boolean => value === undefined || holds(value);

/** Whether a `forward` step names its miners one by one. */
export function isMinerLines(value: unknown): value is MinerLine[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  return value.every((miner) => {
    if (!isObject(miner) || !isDuration(miner.delayMs) || !isCount(miner.rows)) return false;
    return optional(miner.floats, isCount) && optional(miner.fails, (fails) => typeof fails === 'boolean');
  });
}

/** Whether a `forward` step draws its miners. */
export function isMinerDraw(value: unknown): value is MinerDraw {
  if (!isObject(value) || !isCount(value.count) || !isCount(value.rows)) return false;
  if (value.count === 0 || value.count > mostMiners) return false;
  return (
    isMinerDelay(value.delay) &&
    optional(value.floats, isCount) &&
    optional(value.seed, isCount) &&
    optional(value.failShare, isShare)
  );
}

function isMinerDelay(value: unknown): boolean {
  if (!isObject(value)) return false;
  if (value.medianMs !== undefined) return isMedian(value.medianMs) && isSigma(value.sigma);
  return isDuration(value.minMs) && isDuration(value.maxMs) && value.minMs <= value.maxMs;
}

/** Half of a log-normal distribution lies below its median, and all of it above 0. */
const isMedian = (value: unknown): boolean => isDuration(value) && value > 0;
const isSigma = (value: unknown): boolean => isDuration(value) && value <= largestSigma;
