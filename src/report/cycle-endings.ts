import type { MeasuredPart } from '../measure/result.js';

/** What became of the cycles that did not come to an end, in words; undefined where all did. */
export function cycleTrouble({
  workload,
  operations,
}: Pick<MeasuredPart, 'workload' | 'operations'>): string | undefined {
  const { counts, figures } = workload?.forward ?? {};
  if (counts === undefined) return undefined;
  const { cyclesBegun, cyclesFailed = 0, cyclesUnfinished = 0 } = counts;
  // Earlier versions told no time of cycles that never ended, and the first ones not even how many began.
  const open =
    cyclesBegun === undefined
      ? Object.values(operations).reduce((sum, { unfinished }) => sum + unfinished, 0)
      : Math.max(cyclesUnfinished, cyclesBegun - (figures?.cycleMs?.count ?? 0));
  const parts = [...(cyclesFailed > 0 ? [`${cyclesFailed} failed`] : []), ...(open > 0 ? [`${open} never ended`] : [])];
  return parts.length === 0 ? undefined : parts.join(', ');
}
