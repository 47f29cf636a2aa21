import type { Claims } from '../measure/claims.js';
import type {
  BlameRow,
  CoordinatorUsage,
  CoordinatorVerdict,
  MeasuredPart,
  PercentSummary,
  SafetyResult,
} from '../measure/result.js';
import { safetyVerdict } from '../measure/safety-rule.js';
import { finishedOf, largest, mergeCalls, mergeOperations, sum } from './operation-merge.js';
import { mergeWorkloads } from './workload-merge.js';

/** `shards` ran side by side on parts of one trace; `runs` each replayed all of it. */
export type MergeKind = 'shards' | 'runs';

const keptRows = 20;

/**
 * Adds up what was measured apart. Counts and histograms add up exactly and means are weighted by counts; the percentiles of what has no
 * histogram in the report are the largest of the parts', since percentiles cannot be averaged.
 * @param primary the operation whose calls stand for the strategy
 * @param claims what the strategy claims
 */
export function mergeParts(
  parts: readonly MeasuredPart[],
  kind: MergeKind,
  { primary, claims }: { primary: string; claims: Claims },
): MeasuredPart {
  const names = [...new Set(parts.flatMap((part) => Object.keys(part.operations)))];
  const weights = parts.map(operationsOf);
  const total = (pick: (part: MeasuredPart) => number): number => sum(parts.map(pick));
  const rates = parts.map((part) => part.throughput.operationsPerSecond);
  return {
    operations: Object.fromEntries(
      names.map((name) => [name, mergeOperations(parts.flatMap((part) => part.operations[name] ?? []))]),
    ),
    throughput: { operationsPerSecond: (kind === 'shards' ? jointRate : pooledRate)(rates, weights) },
    calls: mergeCalls(
      parts.map((part) => part.calls),
      parts.map((part) => finishedOf(part.operations[primary])),
    ),
    locks: {
      created: total((part) => part.locks.created),
      acquisitions: total((part) => part.locks.acquisitions),
      collisions: total((part) => part.locks.collisions),
      timeouts: total((part) => part.locks.timeouts),
      longHeld: parts
        .flatMap((part) => part.locks.longHeld)
        .sort((a, b) => b.heldMs - a.heldMs)
        .slice(0, keptRows),
      sectionsPerWorker: {
        min: Math.min(...parts.map((part) => part.locks.sectionsPerWorker.min)),
        max: Math.max(...parts.map((part) => part.locks.sectionsPerWorker.max)),
      },
      blame: mergeBlame(parts.flatMap((part) => part.locks.blame)),
    },
    coordinators: mergeCoordinators(parts.flatMap((part) => part.coordinators)),
    memory: {
      workersRssBytes: (kind === 'shards' ? sum : largest)(parts.map((part) => part.memory.workersRssBytes)),
      coordinatorsRssBytes: largest(parts.map((part) => part.memory.coordinatorsRssBytes)),
    },
    safety: mergeSafety(
      parts.map((part) => part.safety),
      kind,
      claims,
    ),
    generator: {
      saturated: parts.some((part) => part.generator.saturated),
      reasons: [...new Set(parts.flatMap((part) => part.generator.reasons))],
      sendRatio: Math.min(...parts.map((part) => part.generator.sendRatio)),
      busiestWorkerPercent: largest(parts.map((part) => part.generator.busiestWorkerPercent)),
    },
    workload: mergeWorkloads(parts.map((part) => part.workload)),
  };
}

export function operationsOf(part: MeasuredPart): number {
  return sum(Object.values(part.operations).map(finishedOf));
}

/** Operations of all runs ÷ the time of all runs. */
export function pooledRate(rates: readonly number[], counts: readonly number[]): number {
  const seconds = sum(secondsOf(rates, counts));
  return seconds === 0 ? 0 : sum(counts) / seconds;
}

/** Operations of all shards ÷ the time of the one that took longest: they ran side by side. */
function jointRate(rates: readonly number[], counts: readonly number[]): number {
  const seconds = largest(secondsOf(rates, counts));
  return seconds === 0 ? 0 : sum(counts) / seconds;
}

function secondsOf(rates: readonly number[], counts: readonly number[]): number[] {
  return rates.map((rate, index) => (rate === 0 ? 0 : (counts[index] ?? 0) / rate));
}

function mergeBlame(rows: readonly BlameRow[]): BlameRow[] {
  const pairs = grouped(rows, (row) => JSON.stringify([row.waiter, row.holder]));
  return [...pairs.values()]
    .flatMap((same): BlameRow[] => {
      const most = same.reduce((best, row) => (row.waitMs > best.waitMs ? row : best));
      const waitMs = sum(same.map((row) => row.waitMs));
      const falseSharingMs = sum(same.map((row) => row.falseSharingMs));
      return [{ ...most, waitMs, falseSharingMs, falseSharing: falseSharingMs > waitMs / 2 }];
    })
    .sort((a, b) => b.waitMs - a.waitMs);
}

const severity: readonly CoordinatorVerdict[] = ['severe', 'overloaded', 'starved', 'healthy', 'unknown'];

function mergeCoordinators(usages: readonly CoordinatorUsage[]): CoordinatorUsage[] {
  return [...grouped(usages, (usage) => usage.name).values()].flatMap((same): CoordinatorUsage[] => {
    const [first] = same;
    if (first === undefined) return [];
    const percent = (pick: (usage: CoordinatorUsage) => PercentSummary): PercentSummary => ({
      mean: sum(same.map((usage) => pick(usage).mean)) / same.length,
      p95: largest(same.map((usage) => pick(usage).p95)),
      max: largest(same.map((usage) => pick(usage).max)),
    });
    return [
      {
        name: first.name,
        pid: first.pid,
        cpuPercent: percent((usage) => usage.cpuPercent),
        busiestThreadPercent: percent((usage) => usage.busiestThreadPercent),
        runQueueWaitPercent: percent((usage) => usage.runQueueWaitPercent),
        rssBytes: { max: largest(same.map((usage) => usage.rssBytes.max)) },
        verdict: severity.find((verdict) => same.some((usage) => usage.verdict === verdict)) ?? 'unknown',
        saturated: same.some((usage) => usage.saturated),
      },
    ];
  });
}

/** Repeated runs were each judged by themselves: unsafe where any was, safe where all were. Shards are one run, judged anew. */
function mergeSafety(parts: readonly SafetyResult[], kind: MergeKind, claims: Claims): SafetyResult {
  const total = (pick: (part: SafetyResult) => number): number => sum(parts.map(pick));
  const unseen = total((part) => part.unseen ?? 0);
  const counts = {
    overlaps: total((part) => part.overlaps),
    lostUpdates: total((part) => part.lostUpdates),
    staleReads: total((part) => part.staleReads),
    underLocked: total((part) => part.underLocked),
    overlapsExpectedUnguarded: total((part) => part.overlapsExpectedUnguarded),
    ...(unseen === 0 ? {} : { unseen }),
    ...mergeAnswers(parts),
    ...mergeDifferences(parts),
  };
  const examples = parts.flatMap((part) => part.examples).slice(0, keptRows);
  const verdict = kind === 'runs' ? worstVerdict(parts) : safetyVerdict(claims, counts);
  return { ...verdict, ...counts, examples };
}

type Verdict = Pick<SafetyResult, 'verdict' | 'reason'>;

function worstVerdict(parts: readonly SafetyResult[]): Verdict {
  const verdict =
    (['unsafe', 'unchecked', 'safe'] as const).find((each) => parts.some((part) => part.verdict === each)) ??
    'unchecked';
  const reasons = parts.filter((part) => part.verdict === verdict).map((part) => part.reason);
  return { verdict, reason: [...new Set(reasons)].join('; ') };
}

/** Each shard compared its own cycles between strategies: what differed there differs in the whole. */
function mergeDifferences(parts: readonly SafetyResult[]): Pick<SafetyResult, 'differing'> {
  const all = parts.flatMap((part) => part.differing ?? []);
  const [first] = all;
  return first === undefined ? {} : { differing: { ...first, cycles: sum(all.map(({ cycles }) => cycles)) } };
}

function mergeAnswers(parts: readonly SafetyResult[]): Pick<SafetyResult, 'answers'> {
  const answers = parts.flatMap((part) => part.answers ?? []);
  if (answers.length === 0) return {};
  const unresolved = sum(answers.map((part) => part.unresolved ?? 0));
  return {
    answers: {
      ...(unresolved > 0 ? { unresolved } : {}),
      checked: sum(answers.map(({ checked }) => checked)),
      telling: sum(answers.map(({ telling }) => telling)),
      wrong: sum(answers.map(({ wrong }) => wrong)),
    },
  };
}

function grouped<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return groups;
}
