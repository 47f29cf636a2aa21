import type {
  CallCounts,
  LatencySummary,
  MeasuredPart,
  MeasuredResult,
  OperationResult,
  PhaseSummary,
  WorkloadResult,
} from '../measure/result.js';
import { phases } from '../measure/result.js';
import type { Condition } from './condition.js';
import { type EvaluationOptions, evaluate, type Status } from './evaluation.js';
import { isMeasured, type Report } from './model.js';

/** Whether a condition can fail at all, and from which worsening on. */
export interface SelfTest {
  condition: string;
  canFail: boolean;
  /** How many times worse the base was made until the condition failed; 1: it fails on the base as it is. */
  failsAt?: number;
  text: string;
}

const worsenings = [1, 1.05, 1.1, 1.2, 1.5, 2, 3, 5, 10, 30, 100, 1000] as const;

/**
 * Tries each condition on copies of the base that are worse and worse: one that never fails guards nothing.
 * @throws IpcbenchError `BAD_CONDITION` as {@link evaluate}
 */
export function selfTest(conditions: readonly Condition[], base: Report, options: EvaluationOptions): SelfTest[] {
  return conditions.map((condition) => {
    const ratio = condition.limit.kind === 'ratio' || options.within !== undefined;
    const within = options.within === undefined ? base : { ...base, baseline: options.within };
    let last: { status: Status; text: string } = { status: 'passed', text: '' };
    for (const times of worsenings) {
      last = evaluate(condition, worsened(within, times, ratio), options);
      if (last.status === 'failed') return found(condition, times, last.text);
    }
    return {
      condition: condition.text,
      canFail: false,
      text: `can NEVER fail: even 1000 times worse it ${words[last.status]} (${last.text})`,
    };
  });
}

const words: Record<Status, string> = {
  passed: 'passes',
  undecided: 'stays undecided',
  unmeasured: 'could not be measured',
  failed: 'fails',
};

function found(condition: Condition, times: number, text: string): SelfTest {
  const when =
    times === 1 ? 'fails already on the base as it is' : `can fail: does so when everything is ${times} times worse`;
  return { condition: condition.text, canFail: true, failsAt: times, text: `${when} (${text})` };
}

/**
 * A copy in which everything is `times` worse, as far as it can be: counts of broken promises go up with it from 0.
 * @param sparesBaseline leaves the baseline strategy as it is, since ratios are taken to it
 */
export function worsened(report: Report, times: number, sparesBaseline: boolean): Report {
  const mostCpuPercent = 100 * report.run.host.cpus;
  return {
    ...report,
    results: report.results.map((result) =>
      !isMeasured(result) || times === 1 || (sparesBaseline && result.label === report.baseline)
        ? result
        : worseResult(result, times, mostCpuPercent),
    ),
  };
}

function worseResult(result: MeasuredResult, times: number, mostCpuPercent: number): MeasuredResult {
  const rounds = result.rounds.map((round) => ({ ...round, ...worsePart(round, times, mostCpuPercent) }));
  return { ...result, ...worsePart(result, times, mostCpuPercent), rounds };
}

function worsePart(part: MeasuredPart, times: number, mostCpuPercent: number): MeasuredPart {
  const more = (count: number, most = Number.MAX_SAFE_INTEGER): number =>
    Math.min(most, Math.ceil(count * times + (times - 1)));
  const percent = ({ mean, p95, max }: { mean: number; p95: number; max: number }) => ({
    mean: Math.min(mostCpuPercent, mean * times),
    p95: Math.min(mostCpuPercent, p95 * times),
    max: Math.min(mostCpuPercent, max * times),
  });
  const { calls, safety } = part;
  return {
    ...part,
    operations: Object.fromEntries(
      Object.entries(part.operations).map(([name, operation]) => [name, worseOperation(operation, times)]),
    ),
    throughput: { operationsPerSecond: part.throughput.operationsPerSecond / times },
    calls: worseCalls(calls, times),
    coordinators: part.coordinators.map((usage) => ({
      ...usage,
      cpuPercent: percent(usage.cpuPercent),
      busiestThreadPercent: percent(usage.busiestThreadPercent),
      rssBytes: { max: usage.rssBytes.max * times },
    })),
    safety: {
      ...safety,
      verdict: 'unsafe',
      overlaps: more(safety.overlaps),
      lostUpdates: more(safety.lostUpdates),
      staleReads: more(safety.staleReads),
      ...(safety.answers === undefined
        ? {}
        : { answers: { ...safety.answers, wrong: more(safety.answers.wrong, safety.answers.checked) } }),
    },
    workload: Object.fromEntries(
      Object.entries(part.workload ?? {}).map(([name, workload]) => [name, worseWorkload(workload, times, more)]),
    ),
  };
}

/** Of counts what is good goes down: hits, and what cycles brought. */
const goodCounts = ['indexHits', 'rows', 'valid'];

/** Cycles that take longer exceed their time-outs by all of the difference, and fewer of them work while others wait. */
function worseFigure(name: string, figures: Record<string, LatencySummary>, times: number): LatencySummary {
  const latency = figures[name] as LatencySummary;
  if (name === 'overlapPercent') return worseLatency(latency, 1 / times);
  if (name !== 'overTimeoutMs') return worseLatency(latency, times);
  const laterMs = (figures.cycleMs?.mean ?? 0) * (times - 1);
  const { mean, p50, p90, p95, p99, p999, max } = latency;
  const later = { mean, p50, p90, p95, p99, p999, max };
  return { ...latency, ...Object.fromEntries(Object.entries(later).map(([level, ms]) => [level, ms + laterMs])) };
}

function worseWorkload(workload: WorkloadResult, times: number, more: (count: number) => number): WorkloadResult {
  const { figures, gauges } = workload;
  // Not every report has this count where it is 0.
  const counts = { ...(workload.counts.cyclesBegun === undefined ? {} : { cyclesFailed: 0 }), ...workload.counts };
  const scaled = <T>(all: Record<string, T>, each: (value: T, name: string) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(all).map(([name, value]) => [name, each(value, name)]));
  return {
    ...workload,
    figures: scaled(figures, (_, name) => worseFigure(name, figures, times)),
    counts: scaled(counts, (count, name) => (goodCounts.includes(name) ? count / times : more(count))),
    gauges: scaled(gauges, (value, name) => (name === 'workersLeft' ? more(value) : value * times)),
  };
}

function worseCalls(calls: CallCounts, times: number): CallCounts {
  return {
    perOperation: calls.perOperation * times,
    messagesPerOperation: calls.messagesPerOperation * times,
    connectionsPerOperation: calls.connectionsPerOperation * times,
    bytesSentPerOperation: calls.bytesSentPerOperation * times,
    bytesReceivedPerOperation: calls.bytesReceivedPerOperation * times,
  };
}

function worseOperation(operation: OperationResult, times: number): OperationResult {
  const failed = (count: number): number => Math.min(operation.count, Math.ceil(count * times + (times - 1)));
  const scaledPhases = phases.map((phase): [string, PhaseSummary] => {
    const { mean, p50, p95, p99 } = operation.phasesMs[phase];
    return [phase, { mean: mean * times, p50: p50 * times, p95: p95 * times, p99: p99 * times }];
  });
  return {
    ...operation,
    calls: worseCalls(operation.calls, times),
    errors: failed(operation.errors),
    timeouts: failed(operation.timeouts),
    responseMs: worseLatency(operation.responseMs, times),
    serviceMs: worseLatency(operation.serviceMs, times),
    dispatchLagMs: worseLatency(operation.dispatchLagMs, times),
    holdMs: worseLatency(operation.holdMs, times),
    lockWaitMs: worseLatency(operation.lockWaitMs, times),
    phasesMs: Object.fromEntries(scaledPhases) as OperationResult['phasesMs'],
  };
}

/** Without its marks: the question is what the condition would do with figures it can rely on. */
function worseLatency(latency: LatencySummary, times: number): LatencySummary {
  return {
    count: latency.count,
    mean: latency.mean * times,
    p50: latency.p50 * times,
    p90: latency.p90 * times,
    p95: latency.p95 * times,
    p99: latency.p99 * times,
    p999: latency.p999 * times,
    max: latency.max * times,
  };
}
