import { IpcbenchError } from '../errors.js';
import { noiseFloorOf } from '../measure/noise.js';
import type { MeasuredResult, RoundResult, SafetyResult, SeriesPoint, StrategyResult } from '../measure/result.js';
import { baselineOf, isMeasured, type Report, type ReportWarning } from './model.js';
import { type MergeKind, mergeParts, operationsOf, pooledRate } from './part-merge.js';
import { recordedVerdict } from './recorded.js';
import { mixedShards, refuseMissingShards, shardName, shardWarnings } from './shard-merge.js';
import { mergeWorkloads } from './workload-merge.js';

/** Settings that say where results go and how they are judged, not what was measured. */
const harmlessOptions = new Set([
  'traces',
  'dryRun',
  'details',
  'junit',
  'hlog',
  'hgrm',
  'report',
  'html',
  'markdown',
  'format',
  'failOn',
  'requireSafe',
  'against',
  'shard',
  'startAt',
  'join',
  'secretFile',
]);

/**
 * Adds up reports of shards of one replay, or of repeated replays, exactly: histograms are added, percentiles taken anew.
 * @param reports at least one; one alone is returned as it is
 * @param names the file names, for messages
 * @throws IpcbenchError `BAD_REPORT` when they differ in trace, settings, strategies or (for repeated runs) host, and when shards are missing
 */
export function mergeReports(reports: readonly Report[], names: readonly string[]): Report {
  const [first, ...others] = reports;
  if (first === undefined) throw new IpcbenchError('USAGE', 'no report to merge; give at least one file');
  if (others.length === 0) return first;
  const kind: MergeKind = first.run.shard === undefined ? 'runs' : 'shards';
  others.forEach((other, index) => {
    const twin = reports.slice(0, index + 1).findIndex((one) => sameRun(one, other));
    if (twin >= 0) throw unmergeable(names[twin], names[index + 1], sameName(other));
    const fault = mixed(first, other, kind);
    if (fault !== undefined) throw unmergeable(names[0], names[index + 1], fault);
  });
  if (kind === 'shards') refuseMissingShards(reports);
  const { primary } = first.trace;
  const results = first.results.map((result) =>
    mergeResults(
      reports.flatMap((report) => report.results.find((other) => other.label === result.label) ?? []),
      kind,
      primary,
    ),
  );
  return finished(
    { ...withoutDerived(first), run: mergedRun(reports, kind), warnings: mergedWarnings(reports, kind), results },
    reports,
  );
}

function unmergeable(one: string | undefined, other: string | undefined, fault: string): IpcbenchError {
  return new IpcbenchError('BAD_REPORT', `${one} and ${other} cannot be merged: ${fault}`);
}

function withoutDerived({ noise: _noise, recorded: _recorded, ...rest }: Report): Report {
  return rest;
}

function finished(report: Report, reports: readonly Report[]): Report {
  const baseline = baselineOf(report);
  const noise = baseline === undefined ? undefined : noiseFloorOf(baseline, report.trace.primary);
  const state = reports.every((each) => each.state === 'complete') ? 'complete' : 'interrupted';
  const told = reports.some((each) => each.recorded !== undefined);
  return {
    ...report,
    state,
    ...(noise === undefined ? {} : { noise }),
    ...(told ? { recorded: recordedVerdict(report) } : {}),
  };
}

/** In words, why two reports are not of the same replay; undefined when they are. */
function mixed(one: Report, other: Report, kind: MergeKind): string | undefined {
  if (one.trace.sha256 !== other.trace.sha256)
    return `they replayed different traces (${one.trace.name}, ${other.trace.name})`;
  if ((other.run.shard === undefined) !== (kind === 'runs')) return 'one is a shard and the other a whole run';
  if (kind === 'shards' && mixedShards(one, other) !== undefined) return mixedShards(one, other);
  if (one.tool.version !== other.tool.version)
    return `they were measured by versions ${one.tool.version} and ${other.tool.version}`;
  const options = differences(settings(one), settings(other));
  if (options.length > 0) return `they were run with different settings (${options.join(', ')})`;
  if (one.baseline !== other.baseline) return `their baselines differ (${one.baseline}, ${other.baseline})`;
  const strategies = differences(strategySettings(one), strategySettings(other));
  if (strategies.length > 0) return `their strategies differ (${strategies.join(', ')})`;
  if (kind === 'shards')
    return one.run.rounds === other.run.rounds ? undefined : 'they have different numbers of rounds';
  const hosts = differences(hostSettings(one), hostSettings(other));
  return hosts.length === 0 ? undefined : `they were measured on different hosts (${hosts.join(', ')})`;
}

/** What two reports of the same samples are, in words. */
function sameName(report: Report): string {
  return report.run.shard === undefined ? 'they are the same run twice' : `both are ${shardName(report)}`;
}

function sameRun(one: Report, other: Report): boolean {
  const [shard, same] = [one.run.shard, other.run.shard];
  if (shard !== undefined) return shard.index === same?.index && shard.count === same.count;
  return one.run.startedAt === other.run.startedAt && JSON.stringify(one.results) === JSON.stringify(other.results);
}

/** What was measured, without where the results went. */
export function settings(report: Report): Record<string, unknown> {
  return Object.fromEntries(Object.entries(report.run.options).filter(([name]) => !harmlessOptions.has(name)));
}

export function hostSettings(report: Report): Record<string, unknown> {
  const { cpuModel, cpus, node, placement } = report.run.host;
  return { cpuModel, cpus, node: node.split('.')[0], placement };
}

function strategySettings(report: Report): Record<string, unknown> {
  return Object.fromEntries(
    report.results.map((result) => [result.label, { options: result.options, claims: result.claims }]),
  );
}

/** Names under which the two differ. */
export function differences(one: Record<string, unknown>, other: Record<string, unknown>): string[] {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return names.filter((name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]));
}

function mergedRun(reports: readonly Report[], kind: MergeKind): Report['run'] {
  const runs = reports.map((report) => report.run);
  const [first] = runs;
  if (first === undefined) throw new IpcbenchError('USAGE', 'no report to merge');
  const { shard: _shard, startAt: _startAt, ...run } = first;
  const { shard: _part, ...options } = first.options;
  const rounds = kind === 'shards' ? first.rounds : runs.reduce((sum, each) => sum + each.rounds, 0);
  const startedAt = runs.map((each) => each.startedAt).sort()[0] ?? first.startedAt;
  const mergedFrom = runs.reduce((sum, each) => sum + (each.mergedFrom ?? 1), 0);
  const host = { ...first.host, stealPercent: Math.max(...runs.map((each) => each.host.stealPercent)) };
  return { ...run, ...(kind === 'shards' ? { options } : {}), startedAt, rounds, host, mergedFrom };
}

function mergedWarnings(reports: readonly Report[], kind: MergeKind): ReportWarning[] {
  const texts = new Map(
    reports.flatMap((report) => report.warnings).map((warning) => [warning.code + warning.text, warning]),
  );
  return [...texts.values(), ...(kind === 'shards' ? shardWarnings(reports) : [])];
}

function mergeResults(results: readonly StrategyResult[], kind: MergeKind, primary: string): StrategyResult {
  const found = results.filter(isMeasured);
  const [first] = found;
  const missing = results.find((result) => !isMeasured(result));
  if (first === undefined) {
    if (missing === undefined) throw new IpcbenchError('BAD_REPORT', 'a strategy is in no report');
    return missing;
  }
  const reasons = results.flatMap((result) => (result.state === 'complete' ? [] : [result.reason ?? result.state]));
  const strategy = { primary, claims: first.claims };
  const rounds = kind === 'runs' ? renumbered(found) : roundsSideBySide(found, strategy);
  const whole = mergeParts(found, kind, strategy);
  return {
    ...identity(first),
    state: reasons.length === 0 ? 'complete' : 'partial',
    ...(reasons.length === 0 ? {} : { reason: [...new Set(reasons)].join('; ') }),
    ...slowness(found),
    ...whole,
    throughput: { operationsPerSecond: rateOver(rounds) ?? whole.throughput.operationsPerSecond },
    safety: kind === 'shards' && missing !== undefined ? outOfSight(whole.safety) : whole.safety,
    faults: found.flatMap((result) => result.faults),
    workload: mergeWorkloads(found.map(({ workload }) => workload)),
    rounds,
    series: mergeSeries(found, kind),
    ...mergeProfiles(found, kind),
  };
}

function slowness(results: readonly MeasuredResult[]): Pick<MeasuredResult, 'slowedBy'> {
  const slowed = results.find((result) => result.slowedBy !== undefined);
  return slowed?.slowedBy === undefined ? {} : { slowedBy: slowed.slowedBy };
}

/** Rounds follow one another: the operations of all ÷ the time of all. */
function rateOver(rounds: readonly RoundResult[]): number | undefined {
  if (rounds.length === 0) return undefined;
  return pooledRate(
    rounds.map((round) => round.throughput.operationsPerSecond),
    rounds.map(operationsOf),
  );
}

/** A shard that was not measured left no evidence. */
function outOfSight(safety: SafetyResult): SafetyResult {
  if (safety.verdict !== 'safe') return safety;
  return { ...safety, verdict: 'unchecked', reason: 'a shard was not measured: what happened in it no oracle saw' };
}

/** The rounds of several runs are renumbered; those of shards ran side by side. */
function mergeProfiles(results: readonly MeasuredResult[], kind: MergeKind): Pick<MeasuredResult, 'profiles'> {
  if (results.every(({ profiles }) => profiles === undefined)) return {};
  let before = 0;
  const profiles = results.flatMap((result) => {
    const first = kind === 'runs' ? before : 0;
    before += result.rounds.length;
    return (result.profiles ?? []).map((profile) => ({ ...profile, round: profile.round + first }));
  });
  return { profiles };
}

function identity({ strategy, label, options, claims }: MeasuredResult) {
  return { strategy, label, options, claims };
}

function renumbered(results: readonly MeasuredResult[]): RoundResult[] {
  return results.flatMap((result) => result.rounds).map((round, index) => ({ ...round, round: index + 1 }));
}

function roundsSideBySide(
  results: readonly MeasuredResult[],
  strategy: Parameters<typeof mergeParts>[2],
): RoundResult[] {
  const numbers = [...new Set(results.flatMap((result) => result.rounds.map((round) => round.round)))].sort(
    (a, b) => a - b,
  );
  return numbers.map((number) => {
    const same = results.flatMap((result) => result.rounds.find((round) => round.round === number) ?? []);
    return {
      round: number,
      ...mergeParts(same, 'shards', strategy),
      incidents: same.flatMap((round) => round.incidents),
    };
  });
}

/** Shards ran at the same time: counts add up, and the latencies of a second are the worst of any shard. Of several runs, the first is shown. */
function mergeSeries(results: readonly MeasuredResult[], kind: MergeKind): SeriesPoint[] {
  if (kind === 'runs') return results[0]?.series ?? [];
  const seconds = new Map<number, SeriesPoint>();
  for (const point of results.flatMap((result) => result.series)) {
    const known = seconds.get(point.second);
    seconds.set(point.second, known === undefined ? point : mergePoints(known, point));
  }
  return [...seconds.values()].sort((a, b) => a.second - b.second);
}

function mergePoints(one: SeriesPoint, other: SeriesPoint): SeriesPoint {
  const operations = { ...one.operations };
  for (const [name, added] of Object.entries(other.operations)) {
    const known = operations[name];
    operations[name] =
      known === undefined
        ? added
        : {
            count: known.count + added.count,
            p50Ms: Math.max(known.p50Ms, added.p50Ms),
            p99Ms: Math.max(known.p99Ms, added.p99Ms),
            maxMs: Math.max(known.maxMs, added.maxMs),
          };
  }
  return { second: one.second, operations, coordinators: { ...other.coordinators, ...one.coordinators } };
}
