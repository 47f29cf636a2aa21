import type { Report } from '../model.js';
import { tellMs, tellNumber, tellPercent } from '../quantity.js';
import { kneeText, type SweepPoint, sweepPoints } from '../sweep-curve.js';
import { type Cell, escaped, type Markup, table } from './element.js';

/** Room inside the drawing, in its own units; the page scales it. */
const [width, height, left, right, top, bottom] = [640, 260, 70, 16, 22, 34];
const mostLabels = 12;

/** p99 over the values that were tried, drawn with its knee; the knee in words; and the figures of each value. */
export function sweepChart(report: Report): Markup {
  if (report.sweep === undefined) return '';
  const points = sweepPoints(report);
  const caption = `${report.sweep.strategy} by ${report.sweep.option}`;
  const curve = points.length < 2 ? '' : drawing(points, `p99 of ${report.trace.primary}, ${caption}`);
  return `${curve}<p>${escaped(kneeText(report))}</p>${sweepTable(report, points, caption)}`;
}

/** Values stand at even distances: sizes are tried by doubling, and some are no numbers. */
function drawing(points: readonly SweepPoint[], label: string): Markup {
  const highest = Math.max(...points.map(({ p99Ms }) => p99Ms), Number.MIN_VALUE);
  const x = (index: number): number => left + (index * (width - left - right)) / (points.length - 1);
  const y = (ms: number): number => height - bottom - (ms / highest) * (height - top - bottom);
  const lines = [0, highest / 2, highest].map((ms) => gridLine(y(ms), tellMs(ms)));
  const every = Math.ceil(points.length / mostLabels);
  const names = points.map(({ value }, index) =>
    index % every === 0 ? text(x(index), height - bottom + 18, 'middle', String(value)) : '',
  );
  const path = points.map(({ p99Ms }, index) => `${round(x(index))},${round(y(p99Ms))}`).join(' ');
  const dots = points.map((point, index) => dot(point, x(index), y(point.p99Ms)));
  const knee = points.findIndex((point) => point.knee);
  const mark = knee < 0 ? '' : kneeMark(x(knee), knee < points.length / 2);
  return `<svg class="sweep" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(label)}">${lines.join('')}${names.join('')}${mark}<polyline points="${path}"/>${dots.join('')}</svg>`;
}

function gridLine(y: number, name: string): Markup {
  return `<line class="grid" x1="${left}" x2="${width - right}" y1="${round(y)}" y2="${round(y)}"/>${text(left - 8, y + 4, 'end', name)}`;
}

function kneeMark(x: number, toTheRight: boolean): Markup {
  const line = `<line class="knee" x1="${round(x)}" x2="${round(x)}" y1="${top}" y2="${height - bottom}"/>`;
  return line + text(x + (toTheRight ? 6 : -6), top - 6, toTheRight ? 'start' : 'end', 'knee');
}

function dot({ value, p99Ms, knee }: SweepPoint, x: number, y: number): Markup {
  const title = `<title>${escaped(`${value}: p99 ${tellMs(p99Ms)}`)}</title>`;
  return `<circle${knee ? ' class="knee"' : ''} cx="${round(x)}" cy="${round(y)}" r="${knee ? 6 : 4}">${title}</circle>`;
}

function text(x: number, y: number, anchor: 'start' | 'middle' | 'end', content: string): Markup {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

const round = (value: number): number => Number(value.toFixed(1));

function sweepTable({ sweep }: Report, points: readonly SweepPoint[], caption: string): Markup {
  const found = new Map(points.map((point) => [point.label, point]));
  const rows = (sweep?.points ?? []).map(({ label, value }): Cell[] => {
    const point = found.get(label);
    if (point === undefined) return [String(value), { text: 'not measured', across: 6 }];
    const figure = (ms: number): Cell => ({ text: tellMs(ms), value: ms });
    return [
      point.knee ? `${value} (knee)` : String(value),
      figure(point.p50Ms),
      figure(point.p99Ms),
      { text: tellNumber(point.operationsPerSecond), value: point.operationsPerSecond },
      tellPercent(point.collisionPercent),
      point.coordinatorPercent === undefined ? '–' : tellPercent(point.coordinatorPercent),
      point.safety,
    ];
  });
  const header = [sweep?.option ?? '', 'p50', 'p99', 'ops/s', 'collisions', 'coordinator CPU', 'safety'];
  return table(caption, header, rows);
}
