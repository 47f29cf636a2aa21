import type { Histogram } from '../measure/histogram.js';
import { LogBuckets } from '../measure/log-buckets.js';
import { percentilesOf } from '../measure/percentiles.js';
import {
  type CallCounts,
  type CoordinatorUsage,
  type GeneratorResult,
  type LockResult,
  type MeasuredPart,
  type OperationResult,
  type Phase,
  type PhaseSummary,
  phases,
  type SeriesPoint,
} from '../measure/result.js';
import type { MonitorPoint } from '../monitor/monitor.js';
import { Blame } from './blame.js';
import type { WorkerPlan } from './deal.js';
import { judgeGenerator } from './generator-verdict.js';
import type { SecondSample } from './messages.js';
import type { Plan } from './plan.js';
import type { KindOutcome } from './recorder.js';
import type { RoundOutcome } from './round.js';
import { judgeSafety } from './safety-verdict.js';
import { addHistograms, type SentHistogram } from './sent-histogram.js';
import { answersOf, workloadResults } from './workload-result.js';

/**
 * Adds up what workers measured, over one round or several: histograms and counts are added, percentiles never averaged.
 * @param rounds outcomes of rounds of the same strategy and plan
 */
export function aggregate(rounds: readonly RoundOutcome[], plan: Plan): MeasuredPart {
  const outcomes = rounds.flatMap((round) =>
    round.workers.flatMap(({ outcome }) => (outcome === undefined ? [] : [outcome])),
  );
  const kinds = plan.kinds.filter((kind) => outcomes.some((outcome) => outcome.kinds[kind] !== undefined));
  const operations: Record<string, OperationResult> = {};
  for (const kind of kinds) {
    const parts = outcomes.flatMap(({ kinds: { [kind]: part } }) => (part === undefined ? [] : [part]));
    operations[kind] = operationResult(parts, plan.recorded.get(kind), plan.shard !== undefined);
  }
  const finished = Object.values(operations).reduce((sum, { count, unfinished }) => sum + count - unfinished, 0);
  const elapsedMs = rounds.reduce(
    (sum, round) => sum + Math.max(0, ...round.workers.map(({ outcome }) => outcome?.elapsedMs ?? 0)),
    0,
  );
  const coordinators = mergeCoordinators(rounds.map((round) => round.coordinators));
  const worst = (pick: (round: RoundOutcome) => number): number => Math.max(0, ...rounds.map(pick));
  return {
    operations,
    throughput: { operationsPerSecond: elapsedMs === 0 ? 0 : (finished * 1000) / elapsedMs },
    calls: operations[plan.primary]?.calls ?? callCounts([], 0),
    locks: lockResult(rounds, plan, operations),
    coordinators,
    memory: {
      workersRssBytes: worst((round) => round.workers.reduce((sum, { outcome }) => sum + (outcome?.rssBytes ?? 0), 0)),
      coordinatorsRssBytes: worst((round) => round.coordinators.reduce((sum, { rssBytes }) => sum + rssBytes.max, 0)),
    },
    safety: judgeSafety(rounds, plan.shard?.unseen, answersOf(rounds)),
    generator: generatorOf(rounds, plan, operations),
    workload: workloadResults(rounds),
  };
}

/** @param toBeMerged whether this is a shard's: what was recorded is then kept as a histogram too, to be added to the others' */
function operationResult(
  parts: readonly KindOutcome[],
  recorded: Histogram | undefined,
  toBeMerged: boolean,
): OperationResult {
  const sum = (pick: (part: KindOutcome) => number): number => parts.reduce((total, part) => total + pick(part), 0);
  const added = (pick: (part: KindOutcome) => SentHistogram): Histogram => addHistograms(parts.map(pick));
  const shortest = (pick: 'response' | 'service'): number =>
    Math.min(...parts.map((part) => part.shortestUnfinishedNs?.[pick] ?? Number.POSITIVE_INFINITY));
  const [response, service] = [added((part) => part.response), added((part) => part.service)];
  const succeeded = added((part) => part.responseSucceeded);
  const [lag, hold, lockWait] = [added((p) => p.lag), added((p) => p.hold), added((p) => p.lockWait)];
  const [errors, timeouts, unfinished] = [sum((p) => p.errors), sum((p) => p.timeouts), sum((p) => p.unfinished)];
  const messages = new Map<string, number>();
  for (const [message, count] of parts.flatMap((part) => part.errorMessages))
    messages.set(message, (messages.get(message) ?? 0) + count);
  return {
    count: sum((part) => part.count),
    errors,
    timeouts,
    unfinished,
    responseMs: percentilesOf(response, shortest('response')),
    ...(errors + timeouts + unfinished > 0 ? { responseSucceededMs: percentilesOf(succeeded) } : {}),
    serviceMs: {
      ...percentilesOf(service, shortest('service')),
      mean: sum((p) => p.serviceSumNs) / Math.max(service.count, 1) / 1e6,
    },
    dispatchLagMs: percentilesOf(lag),
    ...(recorded === undefined ? {} : { recordedMs: percentilesOf(recorded) }),
    phasesMs: phaseSummaries(parts, service.count),
    holdMs: percentilesOf(hold),
    lockWaitMs: percentilesOf(lockWait),
    calls: callCounts(
      parts,
      sum((part) => part.count),
    ),
    histograms: {
      response: response.encode(),
      service: service.encode(),
      responseSucceeded: succeeded.encode(),
      dispatchLag: lag.encode(),
      hold: hold.encode(),
      lockWait: lockWait.encode(),
      ...(recorded !== undefined && toBeMerged ? { recorded: recorded.encode() } : {}),
    },
    ...(messages.size === 0 ? {} : { errorExamples: topMessages(messages) }),
  };
}

function topMessages(messages: ReadonlyMap<string, number>): { message: string; count: number }[] {
  return [...messages]
    .map(([message, count]) => ({ message, count }))
    .sort((a, b) => b.count - a.count)
    .slice(0, 5);
}

function phaseSummaries(parts: readonly KindOutcome[], operations: number): Record<Phase, PhaseSummary> {
  const entries = phases.map((phase, index): [Phase, PhaseSummary] => {
    const histogram = addHistograms(parts.map((part) => part.phases[index] ?? { pairs: [], max: 0 }));
    histogram.recordMany(0, operations - histogram.count);
    const sumNs = parts.reduce((sum, part) => sum + (part.phaseSumsNs[index] ?? 0), 0);
    const at = (percentile: number): number => histogram.percentile(percentile) / 1e6;
    return [phase, { mean: sumNs / Math.max(operations, 1) / 1e6, p50: at(50), p95: at(95), p99: at(99) }];
  });
  return Object.fromEntries(entries) as Record<Phase, PhaseSummary>;
}

function callCounts(parts: readonly KindOutcome[], operations: number): CallCounts {
  const per = (name: keyof KindOutcome['calls']): number =>
    operations === 0 ? 0 : parts.reduce((sum, { calls }) => sum + calls[name], 0) / operations;
  return {
    perOperation: per('calls'),
    messagesPerOperation: per('messages'),
    connectionsPerOperation: per('connections'),
    bytesSentPerOperation: per('bytesSent'),
    bytesReceivedPerOperation: per('bytesReceived'),
  };
}

function lockResult(
  rounds: readonly RoundOutcome[],
  plan: Plan,
  operations: Record<string, OperationResult>,
): LockResult {
  const workers = rounds.flatMap((round) =>
    round.workers.flatMap(({ outcome }) => (outcome === undefined ? [] : [outcome])),
  );
  // A loop enters as many sections as its passes let it: only workers that are given work at recorded times can be compared.
  const compared = plan.workers.some(({ loops }) => loops.length === 0)
    ? ({ loops }: WorkerPlan) => loops.length === 0
    : () => true;
  const served = rounds
    .flatMap((round) =>
      round.workers.filter((_, index) => {
        const worker = plan.workers[index];
        return worker !== undefined && compared(worker);
      }),
    )
    .flatMap(({ outcome }) => (outcome?.askedForLocks === true ? [outcome.sections] : []));
  return {
    created: workers
      .flatMap(({ kinds }) => Object.values(kinds))
      .reduce((sum, { calls }) => sum + calls.locksCreated, 0),
    acquisitions: workers.reduce((sum, { sections }) => sum + sections, 0),
    collisions: rounds.reduce((sum, { findings }) => sum + findings.collisions, 0),
    timeouts: Object.values(operations).reduce((sum, { timeouts }) => sum + timeouts, 0),
    longHeld: rounds
      .flatMap(({ findings }) => findings.longHeld)
      .sort((a, b) => b.heldMs - a.heldMs)
      .slice(0, 20),
    sectionsPerWorker: { min: served.length === 0 ? 0 : Math.min(...served), max: Math.max(0, ...served) },
    blame: Blame.merge(rounds.map(({ findings }) => findings.blame)),
  };
}

/** The same coordinator over several rounds: means of means, the worst of maxima and verdicts. */
function mergeCoordinators(rounds: readonly (readonly CoordinatorUsage[])[]): CoordinatorUsage[] {
  const [first = [], ...more] = rounds;
  return first.map((usage) => {
    const same = [usage, ...more.flatMap((round) => round.filter(({ name }) => name === usage.name))];
    const percent = (pick: (one: CoordinatorUsage) => CoordinatorUsage['cpuPercent']) => ({
      mean: same.reduce((sum, one) => sum + pick(one).mean, 0) / same.length,
      p95: Math.max(...same.map((one) => pick(one).p95)),
      max: Math.max(...same.map((one) => pick(one).max)),
    });
    const worst = same.reduce((a, b) => (severity.indexOf(b.verdict) < severity.indexOf(a.verdict) ? b : a));
    return {
      ...usage,
      cpuPercent: percent((one) => one.cpuPercent),
      busiestThreadPercent: percent((one) => one.busiestThreadPercent),
      runQueueWaitPercent: percent((one) => one.runQueueWaitPercent),
      rssBytes: { max: Math.max(...same.map((one) => one.rssBytes.max)) },
      verdict: worst.verdict,
      saturated: same.some((one) => one.saturated),
    };
  });
}

const severity: readonly CoordinatorUsage['verdict'][] = ['severe', 'overloaded', 'starved', 'healthy', 'unknown'];

/** Only what was due at recorded times is load that was asked for; a loop's next pass is late or not by its own doing. */
function generatorOf(
  rounds: readonly RoundOutcome[],
  { openKinds }: Plan,
  operations: Record<string, OperationResult>,
): GeneratorResult {
  const workers = rounds.flatMap((round) => round.workers);
  const parts = workers.flatMap(({ outcome }) =>
    Object.entries(outcome?.kinds ?? {}).flatMap(([kind, part]) => (openKinds.has(kind) ? [part] : [])),
  );
  const overall = {
    dispatchLagMs: percentilesOf(addHistograms(parts.map(({ lag }) => lag))),
    responseMs: percentilesOf(addHistograms(parts.map(({ response }) => response))),
  };
  return judgeGenerator({
    overall,
    operations: Object.fromEntries(Object.entries(operations).filter(([kind]) => openKinds.has(kind))),
    sent: workers.reduce((sum, { outcome }) => sum + (outcome?.sent ?? 0), 0),
    unsent: workers.reduce((sum, { outcome }) => sum + (outcome?.unsent ?? 0), 0),
    // The main process of fan-out cycles is what is measured: how busy it is says nothing about the load it was given.
    workers: workers
      .filter(({ outcome }) => outcome?.workloads.forward === undefined)
      .map(({ process, outcome }) => ({ process, percent: outcome?.cpuPercent ?? 0 })),
  });
}

/** Latency and coordinator use second by second; of several rounds, the first is shown. */
export function seriesOf(samples: readonly SecondSample[], points: readonly MonitorPoint[]): SeriesPoint[] {
  const seconds = new Map<number, Map<string, LogBuckets>>();
  for (const { second, operations } of samples) {
    const kinds = seconds.get(second) ?? new Map<string, LogBuckets>();
    seconds.set(second, kinds);
    for (const [kind, data] of Object.entries(operations)) {
      const buckets = kinds.get(kind) ?? new LogBuckets();
      buckets.add(data);
      kinds.set(kind, buckets);
    }
  }
  const last = Math.max(-1, ...seconds.keys(), ...points.map(({ second }) => second));
  return Array.from({ length: last + 1 }, (_, second) => ({
    second,
    operations: Object.fromEntries(
      [...(seconds.get(second) ?? [])].map(([kind, buckets]) => [
        kind,
        {
          count: buckets.count,
          p50Ms: buckets.percentile(50) / 1e6,
          p99Ms: buckets.percentile(99) / 1e6,
          maxMs: buckets.max / 1e6,
        },
      ]),
    ),
    coordinators: Object.fromEntries(
      points
        .filter((point) => point.second === second)
        .map(({ name, cpuPercent, busiestThreadPercent, runQueueWaitPercent, rssBytes }) => [
          name,
          { cpuPercent, busiestThreadPercent, runQueueWaitPercent, rssBytes },
        ]),
    ),
  }));
}
