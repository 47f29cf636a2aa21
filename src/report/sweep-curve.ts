import { kneeOf } from '../measure/knee.js';
import type { SafetyResult } from '../measure/result.js';
import { measuredResults, type Report } from './model.js';
import { tellMs, tellPercent } from './quantity.js';
import { busiestCoordinator } from './row.js';
import type { TextOptions } from './table.js';
import { columns, wrapped } from './text-block.js';

const barLetters = 30;

/** p99 as a bar of blocks, as long as its share of the highest. */
export function sweepBar(p99Ms: number, highestMs: number, letters = barLetters): string {
  return '█'.repeat(Math.max(Math.round((p99Ms / highestMs) * letters), 1));
}

export interface SweepPoint {
  /** Of its result in the report. */
  label: string;
  value: string | number;
  p50Ms: number;
  p99Ms: number;
  operationsPerSecond: number;
  safety: SafetyResult['verdict'];
  /** Whether the curve bends most here. */
  knee: boolean;
  /** Acquisitions that found the lock held, percent. */
  collisionPercent: number;
  coordinatorPercent: number | undefined;
}

/** The measured points of a report's sweep, in order. */
export function sweepPoints(report: Report): SweepPoint[] {
  const results = new Map(measuredResults(report).map((result) => [result.label, result]));
  const points = (report.sweep?.points ?? []).flatMap(({ label, value }) => {
    const result = results.get(label);
    const operation = result?.operations[report.trace.primary];
    if (result === undefined || operation === undefined) return [];
    const { collisions, acquisitions } = result.locks;
    return [
      {
        label,
        value,
        p50Ms: operation.responseMs.p50,
        p99Ms: operation.responseMs.p99,
        operationsPerSecond: result.throughput.operationsPerSecond,
        safety: result.safety.verdict,
        collisionPercent: acquisitions === 0 ? 0 : (100 * collisions) / acquisitions,
        coordinatorPercent: busiestCoordinator(result)?.cpuPercent.mean,
      },
    ];
  });
  const knee = kneeAmong(points);
  return points.map((point, index) => ({ ...point, knee: index === knee }));
}

/** Undefined where values are no numbers, or the curve has none. */
function kneeAmong(points: readonly { value: string | number; p99Ms: number }[]): number | undefined {
  const numeric = points.flatMap(({ value, p99Ms }) =>
    typeof value === 'number' && value > 0 ? [{ x: value, y: p99Ms }] : [],
  );
  return numeric.length === points.length ? kneeOf(numeric) : undefined;
}

/** In words, where the curve bends, and what it comes to before and after. */
export function kneeText(report: Report): string {
  const option = report.sweep?.option ?? '';
  const points = sweepPoints(report);
  const point = points.find(({ knee }) => knee);
  if (point === undefined) return `No knee: p99 hardly changes with ${option}, or too few points were measured.`;
  const ends = [points[0], points.at(-1)].filter((end): end is SweepPoint => end !== undefined && end !== point);
  const others = ends.map(({ value, p99Ms }) => `${tellMs(p99Ms)} at ${value}`);
  return `The knee is at ${option}=${point.value} (p99 ${tellMs(point.p99Ms)}): there the curve bends most. p99 is ${others.join(' and ')}.`;
}

/** p99, collisions and coordinator CPU over the values that were tried, as a curve of bars; empty where nothing was swept. */
export function renderSweep(report: Report, options: TextOptions): string {
  const { sweep } = report;
  const points = sweepPoints(report);
  if (sweep === undefined || points.length === 0) return '';
  const highest = Math.max(...points.map(({ p99Ms }) => p99Ms));
  const rows = points.map(({ value, p99Ms, collisionPercent, coordinatorPercent }) => [
    String(value),
    sweepBar(p99Ms, highest),
    tellMs(p99Ms),
    tellPercent(collisionPercent),
    coordinatorPercent === undefined ? '–' : tellPercent(coordinatorPercent),
  ]);
  const table = columns([sweep.option, `p99 of ${report.trace.primary}`, '', 'collisions', 'coordinator CPU'], rows, 2);
  return `${sweep.strategy} by ${sweep.option}:\n\n${table}\n\n${wrapped(kneeText(report), options.width)}\n`;
}
