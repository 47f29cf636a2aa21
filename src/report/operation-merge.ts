import { Histogram } from '../measure/histogram.js';
import { percentilesOf } from '../measure/percentiles.js';
import {
  type CallCounts,
  type LatencySummary,
  type OperationResult,
  type Percentile,
  type Phase,
  type PhaseSummary,
  phases,
} from '../measure/result.js';
import { decodedHistogram } from './encoded-histogram.js';

/** Adds up one kind of operation: counts and histograms exactly, means by their counts, other percentiles to the largest of the parts'. */
export function mergeOperations(parts: readonly OperationResult[]): OperationResult {
  const total = (pick: (part: OperationResult) => number): number => sum(parts.map(pick));
  const response = added(parts.map((part) => part.histograms.response));
  const service = added(parts.map((part) => part.histograms.service));
  const optional = (name: 'responseSucceeded' | 'dispatchLag' | 'hold' | 'lockWait'): Histogram | undefined => {
    const found = parts.flatMap((part) => part.histograms[name] ?? []);
    return found.length === parts.length ? added(found) : undefined;
  };
  const extra = {
    responseSucceeded: optional('responseSucceeded'),
    dispatchLag: optional('dispatchLag'),
    hold: optional('hold'),
    lockWait: optional('lockWait'),
    recorded: recordedOf(parts),
  };
  const recorded = parts.flatMap((part) => part.recordedMs ?? []);
  const succeeded = parts.some((part) => part.responseSucceededMs !== undefined);
  const examples = mergeMessages(parts.flatMap((part) => part.errorExamples ?? []));
  return {
    count: total((part) => part.count),
    errors: total((part) => part.errors),
    timeouts: total((part) => part.timeouts),
    unfinished: total((part) => part.unfinished),
    responseMs: mergeLatency(
      parts.map((part) => part.responseMs),
      response,
    ),
    ...(succeeded
      ? {
          responseSucceededMs: mergeLatency(
            parts.map((part) => part.responseSucceededMs ?? part.responseMs),
            extra.responseSucceeded,
          ),
        }
      : {}),
    serviceMs: mergeLatency(
      parts.map((part) => part.serviceMs),
      service,
    ),
    dispatchLagMs: mergeLatency(
      parts.map((part) => part.dispatchLagMs),
      extra.dispatchLag,
    ),
    ...(recorded.length === 0 ? {} : { recordedMs: mergeLatency(recorded, extra.recorded) }),
    phasesMs: mergePhases(parts),
    holdMs: mergeLatency(
      parts.map((part) => part.holdMs),
      extra.hold,
    ),
    lockWaitMs: mergeLatency(
      parts.map((part) => part.lockWaitMs),
      extra.lockWait,
    ),
    calls: mergeCalls(
      parts.map((part) => part.calls),
      parts.map(finishedOf),
    ),
    histograms: {
      response: response.encode(),
      service: service.encode(),
      ...Object.fromEntries(
        Object.entries(extra).flatMap(([name, histogram]) =>
          histogram === undefined ? [] : [[name, histogram.encode()]],
        ),
      ),
    },
    ...(examples.length === 0 ? {} : { errorExamples: examples }),
  };
}

/** What the trace says of the operations of all parts; undefined where a part says so without a histogram. */
function recordedOf(parts: readonly OperationResult[]): Histogram | undefined {
  const told = parts.filter((part) => part.recordedMs !== undefined);
  const found = told.flatMap((part) => part.histograms.recorded ?? []);
  return found.length === 0 || found.length < told.length ? undefined : added(found);
}

/** How many operations came to an end; 0 where there are none. */
export function finishedOf(operation: OperationResult | undefined): number {
  return operation === undefined ? 0 : operation.count - operation.unfinished;
}

/** What an operation sends and receives on average, each part weighing as many operations as it finished. */
export function mergeCalls(parts: readonly CallCounts[], weights: readonly number[]): CallCounts {
  const mean = (pick: (part: CallCounts) => number): number => weighted(parts.map(pick), weights);
  return {
    perOperation: mean((part) => part.perOperation),
    messagesPerOperation: mean((part) => part.messagesPerOperation),
    connectionsPerOperation: mean((part) => part.connectionsPerOperation),
    bytesSentPerOperation: mean((part) => part.bytesSentPerOperation),
    bytesReceivedPerOperation: mean((part) => part.bytesReceivedPerOperation),
  };
}

function added(encoded: readonly string[]): Histogram {
  const whole = new Histogram();
  for (const text of encoded) whole.add(decodedHistogram(text));
  return whole;
}

const levels = ['p50', 'p90', 'p95', 'p99', 'p999', 'max'] as const;

function mergeLatency(parts: readonly LatencySummary[], histogram?: Histogram): LatencySummary {
  const filled = parts.filter((part) => part.count > 0);
  const counts = filled.map((part) => part.count);
  const mean = weighted(
    filled.map((part) => part.mean),
    counts,
  );
  const max = largest(filled.map((part) => part.max));
  if (histogram !== undefined) {
    const told = percentilesOf(histogram, reachedFrom(filled));
    // A decoded histogram knows its greatest value to three digits only; the parts know it exactly.
    const capped = Object.fromEntries(levels.map((level) => [level, Math.min(told[level], max)]));
    return { ...told, ...capped, mean, max };
  }
  const bound = (level: Percentile): number => largest(filled.map((part) => part[level]));
  const marked = (mark: 'atLeast' | 'thin'): Percentile[] =>
    levels.filter((level) => filled.some((part) => part[mark]?.includes(level)));
  const [atLeast, thin] = [marked('atLeast'), marked('thin')];
  return {
    count: sum(counts),
    mean,
    p50: bound('p50'),
    p90: bound('p90'),
    p95: bound('p95'),
    p99: bound('p99'),
    p999: bound('p999'),
    max,
    ...(atLeast.length === 0 ? {} : { atLeast }),
    ...(thin.length === 0 ? {} : { thin }),
  };
}

/** From which value on, in ns, percentiles reach into unfinished operations: above the highest percentile of a part that does not. */
function reachedFrom(parts: readonly LatencySummary[]): number {
  const starts = parts.flatMap((part) => {
    const first = levels.findIndex((level) => part.atLeast?.includes(level));
    if (first < 0) return [];
    const below = levels[first - 1];
    return [below === undefined ? 0 : part[below] * 1e6 + 1];
  });
  return Math.min(Number.POSITIVE_INFINITY, ...starts);
}

function mergePhases(parts: readonly OperationResult[]): Record<Phase, PhaseSummary> {
  const counts = parts.map((part) => part.count);
  const merged = phases.map((phase): [Phase, PhaseSummary] => {
    const all = parts.map((part) => part.phasesMs[phase]);
    const bound = (level: 'p50' | 'p95' | 'p99'): number => largest(all.map((each) => each[level]));
    return [
      phase,
      {
        mean: weighted(
          all.map((each) => each.mean),
          counts,
        ),
        p50: bound('p50'),
        p95: bound('p95'),
        p99: bound('p99'),
      },
    ];
  });
  return Object.fromEntries(merged) as Record<Phase, PhaseSummary>;
}

function mergeMessages(examples: readonly { message: string; count: number }[]): { message: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { message, count } of examples) counts.set(message, (counts.get(message) ?? 0) + count);
  return [...counts]
    .map(([message, count]) => ({ message, count }))
    .sort((a, b) => b.count - a.count)
    .slice(0, 5);
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function largest(values: readonly number[]): number {
  return Math.max(0, ...values);
}

/** Mean of `values`, each as heavy as its weight. */
export function weighted(values: readonly number[], weights: readonly number[]): number {
  const whole = sum(weights);
  return whole === 0 ? 0 : sum(values.map((value, index) => value * (weights[index] ?? 0))) / whole;
}
