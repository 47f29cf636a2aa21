import type { MeasuredResult, SeriesPoint } from '../../measure/result.js';
import { decodedHistogram } from '../encoded-histogram.js';
import { measuredResults, type Report } from '../model.js';
import { palette } from './style.js';

/** A chart as the page's script draws it; `null` where a line has no point. */
export interface Chart {
  id: string;
  kind: 'percentiles' | 'time';
  unit: 'ms' | '%';
  x: number[];
  lines: Line[];
}

export interface Line {
  label: string;
  color: string;
  /** Canvas dash pattern; empty: solid. */
  dash: number[];
  values: (number | null)[];
}

const ticksPerHalf = 5;
const mostPoints = 300;
const nsPerMs = 1e6;

/** What is overlaid on one chart: the report itself, and one it is compared with, dashed. */
interface Layer {
  report: Report;
  suffix: string;
  dash: number[];
}

function layers(report: Report, base: Report | undefined): Layer[] {
  const own = { report, suffix: '', dash: [] };
  return base === undefined ? [own] : [own, { report: base, suffix: ' (base)', dash: [6, 4] }];
}

/**
 * Response time by percentile, x being 1 ÷ (1 − percentile) so that each nine takes the same room, one line a strategy.
 * Source: the axis of HdrHistogram's percentile plots.
 */
export function percentileChart(report: Report, base: Report | undefined, operation: string): Chart | undefined {
  const curves = layers(report, base).flatMap((layer) =>
    measuredResults(layer.report).flatMap((result) => {
      const found = result.operations[operation];
      return found === undefined || found.count === 0
        ? []
        : [{ line: lineOf(report, result, layer), histogram: decodedHistogram(found.histograms.response) }];
    }),
  );
  const most = Math.max(0, ...curves.map(({ histogram }) => histogram.count));
  if (most === 0) return undefined;
  const x = Array.from(
    { length: Math.ceil(ticksPerHalf * Math.log2(most)) + 1 },
    (_, tick) => 2 ** (tick / ticksPerHalf),
  );
  const lines = curves.map(({ line, histogram }) => ({
    ...line,
    values: x.map((each) =>
      each > histogram.count ? null : rounded(histogram.percentile(100 - 100 / each) / nsPerMs),
    ),
  }));
  return { id: `percentiles-${operation}`, kind: 'percentiles', unit: 'ms', x: x.map(rounded), lines };
}

/** p99 of `operation` in each second. */
export function latencyOverTime(report: Report, base: Report | undefined, operation: string): Chart | undefined {
  const value = (point: SeriesPoint): number | null => point.operations[operation]?.p99Ms ?? null;
  return timeChart('latency-over-time', 'ms', report, base, value);
}

/** CPU of the busiest coordinator in each second. */
export function cpuOverTime(report: Report, base: Report | undefined): Chart | undefined {
  const value = (point: SeriesPoint): number | null => {
    const usages = Object.values(point.coordinators).map((usage) => usage.cpuPercent);
    return usages.length === 0 ? null : Math.max(...usages);
  };
  return timeChart('cpu-over-time', '%', report, base, value);
}

function timeChart(
  id: string,
  unit: 'ms' | '%',
  report: Report,
  base: Report | undefined,
  value: (point: SeriesPoint) => number | null,
): Chart | undefined {
  const series = layers(report, base).flatMap((layer) =>
    measuredResults(layer.report).map((result) => ({ line: lineOf(report, result, layer), points: result.series })),
  );
  const seconds = Math.max(0, ...series.flatMap(({ points }) => points.map((point) => point.second + 1)));
  if (seconds === 0) return undefined;
  const step = Math.ceil(seconds / mostPoints);
  const x = Array.from({ length: Math.ceil(seconds / step) }, (_, index) => index * step);
  const lines = series.map(({ line, points }) => ({ ...line, values: highest(points, x.length, step, value) }));
  return lines.some((line) => line.values.some((each) => each !== null))
    ? { id, kind: 'time', unit, x, lines }
    : undefined;
}

/** The highest value of each `step` seconds, so that no peak disappears on a long trace. */
function highest(
  points: readonly SeriesPoint[],
  length: number,
  step: number,
  value: (point: SeriesPoint) => number | null,
): (number | null)[] {
  const values = new Array<number | null>(length).fill(null);
  for (const point of points) {
    const own = value(point);
    const index = Math.floor(point.second / step);
    if (own !== null) values[index] = rounded(Math.max(own, values[index] ?? 0));
  }
  return values;
}

/** A strategy has one colour on all charts; beyond the palette, lines are dotted. */
function lineOf(report: Report, result: MeasuredResult, layer: Layer): Omit<Line, 'values'> {
  const labels = [...new Set([...report.results, ...layer.report.results].map(({ label }) => label))];
  const index = labels.indexOf(result.label);
  const dotted = index >= palette.length ? [2, 3] : [];
  return {
    label: result.label + layer.suffix,
    color: palette[index % palette.length] ?? '#888',
    dash: layer.dash.length > 0 ? layer.dash : dotted,
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
