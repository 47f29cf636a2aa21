import type { MeasuredResult } from '../measure/result.js';
import { measuredResults, type Report } from './model.js';

/**
 * What limits a trace: the coordinator (then strategies differ), how long locks are held (then hardly: the hold time is the ceiling),
 * or neither (coordination hardly matters).
 */
export type Bound =
  | { by: 'coordinator'; name: string }
  | { by: 'holders'; key: string; sharePercent: number }
  | { by: 'nothing' }
  | { by: 'unknown' };

/** Share of all lock waiting that must be for a true holder before the trace counts as bound by its holders. */
const holdersShare = 0.7;
/** Waiting for locks below this share of the response time is no bottleneck. */
const waitShare = 0.2;
/** A baseline whose p99 is below this many times the floor of `none` loses nothing to coordination. */
const nearFloor = 1.2;

/** What limits this trace on `baseline`. */
export function boundOf(report: Report, baseline: MeasuredResult): Bound {
  const operation = baseline.operations[report.trace.primary];
  if (operation === undefined || operation.count === 0) return { by: 'unknown' };
  const contended = operation.lockWaitMs.mean > waitShare * operation.responseMs.mean;
  const holders = waitedForHolders(baseline);
  if (contended && holders !== undefined && holders.share > holdersShare)
    return { by: 'holders', key: holders.key, sharePercent: 100 * holders.share };
  const busy = baseline.coordinators.find((usage) => usage.saturated);
  if (busy !== undefined) return { by: 'coordinator', name: busy.name };
  const floor = measuredResults(report).find((result) => result.strategy === 'none')?.operations[report.trace.primary];
  if (floor !== undefined && floor.count > 0 && operation.responseMs.p99 < nearFloor * floor.responseMs.p99)
    return { by: 'nothing' };
  return { by: 'unknown' };
}

/** Share of all waiting for locks that was for another's section on the same key, and the key most waited for. */
function waitedForHolders(result: MeasuredResult): { share: number; key: string } | undefined {
  const rows = result.locks.blame;
  const total = rows.reduce((sum, row) => sum + row.waitMs, 0);
  if (total === 0) return undefined;
  const trueWait = (row: (typeof rows)[number]): number =>
    row.holder === nobody ? 0 : row.waitMs - row.falseSharingMs;
  const most = rows.reduce((best, row) => (trueWait(row) > trueWait(best) ? row : best));
  return { share: rows.reduce((sum, row) => sum + trueWait(row), 0) / total, key: most.key };
}

/** Holder of the blame rows for waiting while the lock was free. */
export const nobody = '(nobody)';
