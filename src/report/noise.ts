import { noiseFloorOf } from '../measure/noise.js';
import { baselineOf, type NoiseFloor, type Report } from './model.js';

/**
 * The noise floor: how far the baseline's own rounds lie apart, (largest − smallest) ÷ median. Differences below it mean nothing.
 * Undefined with fewer than two rounds.
 */
export function noiseOf(report: Report): NoiseFloor | undefined {
  const baseline = baselineOf(report);
  return baseline === undefined ? undefined : noiseFloorOf(baseline, report.trace.primary);
}
