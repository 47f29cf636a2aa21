import { type Interval, percentileInterval } from '../measure/interval.js';
import type { LatencySummary, MeasuredPart, OperationResult, Percentile } from '../measure/result.js';
import type { Cost, Latency, Level, Metric } from './condition.js';
import { cycleTrouble } from './cycle-endings.js';
import { decodedHistogram } from './encoded-histogram.js';
import { figureMetric, type NumberName, numberMetric } from './workload-metrics.js';

/** A figure with what is known about its uncertainty within its own run. */
export interface Measurement extends Interval {
  value: number;
  /** Why the figure is uncertain, in words. */
  doubt?: string;
}

const summaries: Record<Latency, (operation: OperationResult) => LatencySummary> = {
  response: (operation) => operation.responseMs,
  service: (operation) => operation.serviceMs,
  wait: (operation) => operation.lockWaitMs,
  hold: (operation) => operation.holdMs,
  lag: (operation) => operation.dispatchLagMs,
};

const ranks: Partial<Record<Level, number>> = { p50: 50, p90: 90, p95: 95, p99: 99, p999: 99.9 };
const nsPerMs = 1e6;

/** The figure that `metric` means in `part`; undefined when the part has none (another workload, or no operation of the kind). */
export function measurementOf(part: MeasuredPart, metric: Metric, operation: string): Measurement | undefined {
  if (metric.kind === 'figure') return figureMeasurement(part, metric);
  if (metric.kind === 'total' || metric.kind === 'number') {
    const value = figureOf(part, metric, operation);
    return value === undefined ? undefined : exactly(value);
  }
  const found = part.operations[operation];
  if (found === undefined) return undefined;
  if (metric.kind === 'count') return exactly(found[metric.name]);
  if (metric.kind === 'cost') return exactly(costOf(found, metric.name));
  const summary = summaries[metric.of](found);
  return summary.count === 0 ? undefined : latency(found, summary, metric.of, metric.at);
}

/** The bare figure. */
export function figureOf(part: MeasuredPart, metric: Metric, operation: string): number | undefined {
  if (metric.kind === 'total') return totals[metric.name](part);
  if (metric.kind === 'figure') return figureMeasurement(part, metric)?.value;
  if (metric.kind === 'number') return workloadNumber(part, metric.name);
  const found = part.operations[operation];
  if (found === undefined) return undefined;
  if (metric.kind === 'count') return found[metric.name];
  if (metric.kind === 'cost') return costOf(found, metric.name);
  const summary = summaries[metric.of](found);
  return summary.count === 0 ? undefined : summary[metric.at];
}

const totals: Record<Extract<Metric, { kind: 'total' }>['name'], (part: MeasuredPart) => number | undefined> = {
  throughput: (part) => part.throughput.operationsPerSecond,
  cpu: (part) => Math.max(0, ...part.coordinators.map((usage) => usage.cpuPercent.mean)),
  rss: (part) => Math.max(0, ...part.coordinators.map((usage) => usage.rssBytes.max)),
  overlaps: (part) => part.safety.overlaps,
  lostUpdates: (part) => part.safety.lostUpdates,
  staleReads: (part) => part.safety.staleReads,
  wrongAnswers: ({ safety: { answers } }) =>
    answers === undefined || answers.checked === 0 ? undefined : answers.wrong,
};

function workloadNumber({ workload }: MeasuredPart, name: NumberName): number | undefined {
  const metric = numberMetric(name);
  const found = workload?.[metric.workload];
  return found === undefined ? undefined : metric.of(found);
}

function figureMeasurement(part: MeasuredPart, { name, at }: Metric & { kind: 'figure' }): Measurement | undefined {
  const metric = figureMetric(name);
  const found = part.workload?.[metric.workload];
  const summary = found?.figures[metric.figure];
  if (summary === undefined || summary.count === 0) return undefined;
  const value = summary[at];
  const trouble = metric.ofWholeOperations === true ? cycleTrouble(part) : undefined;
  // What failed or never ended has told how long it took until then, and would have taken longer.
  if (trouble !== undefined)
    return { value, low: value, high: Number.POSITIVE_INFINITY, doubt: `of the cycles ${trouble}` };
  if (at === 'mean' || at === 'max' || summary.thin?.includes(at) !== true) return exactly(value);
  return { value, ...thinInterval(found?.histograms[metric.figure], summary, at), doubt: thinDoubt };
}

function costOf({ calls }: OperationResult, name: Cost): number {
  return name === 'calls' ? calls.perOperation : calls.bytesSentPerOperation + calls.bytesReceivedPerOperation;
}

function exactly(value: number): Measurement {
  return { value, low: value, high: value };
}

function latency(operation: OperationResult, summary: LatencySummary, of: Latency, at: Level): Measurement {
  const value = summary[at];
  const reaches = at === 'mean' ? operation.unfinished > 0 : summary.atLeast?.includes(at) === true;
  if (reaches)
    return {
      value,
      low: value,
      high: Number.POSITIVE_INFINITY,
      doubt: 'it reaches into operations that never finished',
    };
  if (at === 'mean' || at === 'max' || summary.thin?.includes(at) !== true) return exactly(value);
  const text = of === 'response' || of === 'service' ? operation.histograms[of] : undefined;
  return { value, ...thinInterval(text, summary, at), doubt: thinDoubt };
}

const thinDoubt = 'fewer than 10 samples lie beyond it';

function thinInterval(text: string | undefined, summary: LatencySummary, at: Percentile): Interval {
  const rank = ranks[at];
  if (text === undefined || rank === undefined) return { low: nextBelow(summary, at), high: summary.max };
  const { low, high } = percentileInterval(decodedHistogram(text), rank);
  return { low: Math.min(summary[at], low / nsPerMs), high: Math.max(summary[at], high / nsPerMs) };
}

const below: Partial<Record<Percentile, Percentile>> = { p90: 'p50', p95: 'p90', p99: 'p95', p999: 'p99' };

/** Without a histogram, the next lower percentile that is told bounds a thin one from below. */
function nextBelow(summary: LatencySummary, at: Percentile): number {
  const lower = below[at];
  return lower === undefined ? 0 : summary[lower];
}
