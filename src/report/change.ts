import type { Interval } from '../measure/interval.js';
import { predictionInterval } from '../measure/prediction.js';
import type { MeasuredResult } from '../measure/result.js';
import type { Metric } from './condition.js';
import { figureOf } from './metric-value.js';
import { measuredResults, type Report } from './model.js';
import { numberMetric } from './workload-metrics.js';

/** How a figure changed against earlier runs, percent, and how far that may be trusted. */
export interface Change extends Interval {
  percent: number;
  text: string;
  doubt: string;
}

/** Runs on one machine shift as wholes; it takes this many of them to see by how much. */
export const leastBases = 3;

/** Figures that do not depend on how busy the machine was, so that one base report is enough. */
export function isExact(metric: Metric): boolean {
  if (metric.kind === 'count' || metric.kind === 'cost') return true;
  if (metric.kind === 'number') return numberMetric(metric.name).exact === true;
  return metric.kind === 'total' && !['throughput', 'cpu', 'rss'].includes(metric.name);
}

/**
 * The change of a figure between the base reports and this one. Between separate runs a latency, a throughput or a CPU share can only be
 * judged against the spread between runs, which three or more base reports give; with fewer the interval is unbounded.
 * @returns why there is none, in words, where a base lacks the figure
 */
export function changeOf(
  metric: Metric,
  operation: string,
  report: Report,
  result: MeasuredResult,
  bases: readonly Report[],
): Change | string {
  const own = figureOf(result, metric, operation);
  const before = bases.flatMap((base) => {
    const twin = measuredResults(base).find((other) => other.label === result.label);
    const value = twin === undefined ? undefined : figureOf(twin, metric, operation);
    return value === undefined ? [] : [value];
  });
  if (own === undefined) return `no ${operation} in ${report.trace.name}`;
  if (before.length < bases.length) return `a base report does not have ${result.label} with such a figure`;
  const base = before.reduce((sum, value) => sum + value, 0) / before.length;
  const percent = base === 0 ? (own === 0 ? 0 : Number.POSITIVE_INFINITY) : 100 * (own / base - 1);
  const text = Number.isFinite(percent) ? `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(1)} %` : 'from 0';
  if (isExact(metric)) return { percent, text, low: percent, high: percent, doubt: '' };
  if (before.length < leastBases)
    return {
      percent,
      text,
      low: Number.NEGATIVE_INFINITY,
      high: Number.POSITIVE_INFINITY,
      doubt:
        'two separate runs shift as wholes; give three or more base reports, hold against the baseline strategy (0.5x), or replay old and new in one run',
    };
  return {
    percent,
    text,
    ...predictionInterval(before, own),
    doubt: 'the difference is within the spread between the base runs',
  };
}
