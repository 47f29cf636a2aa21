import { kneeOf } from '../measure/knee.js';
import { measuredResults, type Report } from './model.js';
import { tellMs, tellPercent } from './quantity.js';
import { busiestCoordinator } from './row.js';
import type { TextOptions } from './table.js';
import { columns, wrapped } from './text-block.js';

const barLetters = 30;

export interface SweepPoint {
  value: string | number;
  p99Ms: number;
  /** Acquisitions that found the lock held, percent. */
  collisionPercent: number;
  coordinatorPercent: number | undefined;
}

/** The measured points of a report's sweep, in order. */
export function sweepPoints(report: Report): SweepPoint[] {
  const results = new Map(measuredResults(report).map((result) => [result.label, result]));
  return (report.sweep?.points ?? []).flatMap(({ label, value }) => {
    const result = results.get(label);
    const operation = result?.operations[report.trace.primary];
    if (result === undefined || operation === undefined) return [];
    const { collisions, acquisitions } = result.locks;
    return [
      {
        value,
        p99Ms: operation.responseMs.p99,
        collisionPercent: acquisitions === 0 ? 0 : (100 * collisions) / acquisitions,
        coordinatorPercent: busiestCoordinator(result)?.cpuPercent.mean,
      },
    ];
  });
}

/** In words, from which value on more of the option no longer pays. */
export function kneeText(report: Report): string {
  const points = sweepPoints(report);
  const option = report.sweep?.option ?? '';
  const numeric = points.flatMap(({ value, p99Ms }) =>
    typeof value === 'number' && value > 0 ? [{ x: value, y: p99Ms }] : [],
  );
  const knee = numeric.length === points.length ? kneeOf(numeric) : undefined;
  const point = knee === undefined ? undefined : points[knee];
  if (point === undefined) return `No knee: p99 hardly changes with ${option}, or too few points were measured.`;
  return `The knee is at ${option}=${point.value} (p99 ${tellMs(point.p99Ms)}): there the curve bends most; beyond it, change pays least.`;
}

/** p99, collisions and coordinator CPU over the values that were tried, as a curve of bars; empty where nothing was swept. */
export function renderSweep(report: Report, options: TextOptions): string {
  const { sweep } = report;
  const points = sweepPoints(report);
  if (sweep === undefined || points.length === 0) return '';
  const highest = Math.max(...points.map(({ p99Ms }) => p99Ms));
  const rows = points.map(({ value, p99Ms, collisionPercent, coordinatorPercent }) => [
    String(value),
    '█'.repeat(Math.max(Math.round((p99Ms / highest) * barLetters), 1)),
    tellMs(p99Ms),
    tellPercent(collisionPercent),
    coordinatorPercent === undefined ? '–' : tellPercent(coordinatorPercent),
  ]);
  const table = columns([sweep.option, `p99 of ${report.trace.primary}`, '', 'collisions', 'coordinator CPU'], rows, 2);
  return `${sweep.strategy} by ${sweep.option}:\n\n${table}\n\n${wrapped(kneeText(report), options.width)}\n`;
}
