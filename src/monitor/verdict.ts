import type { CoordinatorVerdict } from '../measure/result.js';

/** From which CPU on, in percent of one core, a coordinator is called overloaded or severely bottlenecked. */
export interface Thresholds {
  overloadedPercent: number;
  severePercent: number;
}

export const defaultThresholds: Thresholds = { overloadedPercent: 50, severePercent: 80 };

/** What one core gave to what can only use one: the busiest thread, or all threads under an interpreter lock. */
export interface CoreUse {
  cpuPercent: number;
  /** Time in which it was ready to run and had no core. */
  runQueueWaitPercent: number;
}

/** A process at 30 % that waits 40 % for a core has as little to spare as one at 70 %, but the neighbours are to blame, not its work. */
export function verdictOf(use: CoreUse | undefined, thresholds: Thresholds): CoordinatorVerdict {
  if (use === undefined) return 'unknown';
  if (use.cpuPercent > thresholds.severePercent) return 'severe';
  if (use.cpuPercent > thresholds.overloadedPercent) return 'overloaded';
  return use.cpuPercent + use.runQueueWaitPercent > thresholds.overloadedPercent ? 'starved' : 'healthy';
}

/** Whether it could hardly have used more: what it used and what it wanted together reach the severe threshold. */
export function isSaturated(use: CoreUse | undefined, thresholds: Thresholds): boolean {
  return use !== undefined && use.cpuPercent + use.runQueueWaitPercent > thresholds.severePercent;
}
