import { markdownTable, text } from './markdown-element.js';
import type { Report } from './model.js';
import { tellMs, tellNumber, tellPercent } from './quantity.js';
import { kneeText, sweepBar, sweepPoints } from './sweep-curve.js';

/** Length of the longest bar. */
const sweepLetters = 16;

/** The figures of each value that was tried, p99 as bars with the knee marked, and the knee in words. */
export function sweepMarkdown(report: Report): string {
  if (report.sweep === undefined) return '';
  const { strategy, option } = report.sweep;
  const points = sweepPoints(report);
  const found = new Map(points.map((point) => [point.label, point]));
  const highestMs = Math.max(...points.map(({ p99Ms }) => p99Ms));
  const rows = report.sweep.points.map(({ label, value }) => {
    const point = found.get(label);
    if (point === undefined) return [String(value), 'not measured', '', '', '', '', '', ''];
    return [
      point.knee ? `${value} (knee)` : String(value),
      tellMs(point.p50Ms),
      tellMs(point.p99Ms),
      sweepBar(point.p99Ms, highestMs, sweepLetters),
      tellNumber(point.operationsPerSecond),
      tellPercent(point.collisionPercent),
      point.coordinatorPercent === undefined ? '–' : tellPercent(point.coordinatorPercent),
      point.safety,
    ];
  });
  const header = [option, 'p50', 'p99', '', 'ops/s', 'collisions', 'coordinator CPU', 'safety'];
  return `**${text(strategy)} by ${text(option)}**\n\n${markdownTable(header, rows)}\n\n${text(kneeText(report))}`;
}
