import type { MeasuredResult, OperationResult } from '../measure/result.js';
import { boundOf } from './bound.js';
import { failureShare } from './failure-share.js';
import { unfairResults } from './fairness.js';
import { baselineOf, isMeasured, measuredResults, type Report } from './model.js';
import { tellChange, tellNumber, tellPercent } from './quantity.js';
import { raceText } from './race.js';
import { busiestCoordinator, tellPercentile } from './row.js';
import { onlyExplains } from './switch-table.js';

/**
 * The run in one paragraph: which strategy, by how much, at what cost, safe or not; and what speaks against believing it. Never
 * recommends a strategy that broke a claim or that claims nothing (`none`, `unlocked`).
 */
export function conclusionOf(report: Report): string {
  const baseline = baselineOf(report);
  const slowed = baseline?.slowedBy !== undefined;
  const sentences = [
    ...(report.state === 'interrupted' ? ['The run was interrupted; this is what was measured until then.'] : []),
    ...(baseline === undefined
      ? [withoutBaseline(report)]
      : [recommendation(report, baseline), slowed ? '' : boundSentence(report, baseline)]),
    doubts(report),
    failingSentence(report),
    unsafeSentence(report),
    leftOverSentence(report),
    unfairSentence(report),
    partialSentence(report),
    unmeasuredSentence(report),
    slowed || report.recorded?.verdict === 'nothing recorded' ? '' : (report.recorded?.text ?? ''),
  ];
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

interface Candidate {
  result: MeasuredResult;
  operation: OperationResult;
}

function withoutBaseline(report: Report): string {
  if (measuredResults(report).length === 0) return 'Nothing could be told: no strategy was measured.';
  return `Nothing can be compared: the baseline ${report.baseline} was not measured.`;
}

/** Share of operations that may fail, time out or stay unfinished before a strategy cannot be recommended. */
const failureLimit = 0.05;

/** Those that may be recommended: they claim something, broke no claim, hardly fail, ran to their end with a generator that kept up, and do not
 * only show what one change of another brings. */
function candidates(report: Report): Candidate[] {
  return measuredResults(report).flatMap((result) => {
    const operation = result.operations[report.trace.primary];
    const { exclusion, noLostUpdates, rightAnswers } = result.claims;
    const claims = exclusion || noLostUpdates || rightAnswers === true;
    const undisturbed = !result.generator.saturated && result.slowedBy === undefined;
    const sound = result.state === 'complete' && undisturbed && result.safety.verdict !== 'unsafe';
    const works = operation !== undefined && operation.count > 0 && failureShare(operation) <= failureLimit;
    return works && claims && sound && !onlyExplains(report, result) ? [{ result, operation }] : [];
  });
}

/** What one round must gain at p99 before it is worth a recommendation: nothing says how far rounds lie apart. A single sample says even less. */
function leastGainPercent(one: OperationResult, base: OperationResult): number {
  return isSingle(one, base) ? 50 : 10;
}

function sampleText(one: OperationResult, base: OperationResult): string {
  return isSingle(one, base) ? ', where a single operation is all that was measured' : '';
}

function isSingle(one: OperationResult, base: OperationResult): boolean {
  return Math.min(one.count, base.count) === 1;
}

/** What to do about a saturated generator: a closed loop has no speed to lower. */
function reliefOf({ run: { options } }: Report): string {
  const isClosed = options.closed === true || options.closedConcurrency !== undefined;
  return isClosed
    ? 'deal the closed loop to more --workers, or use a bigger machine'
    : 'use a lower --speed, fewer processes or a bigger machine';
}

function recommendation(report: Report, baseline: MeasuredResult): string {
  const base = baseline.operations[report.trace.primary];
  if (base === undefined || base.count === 0)
    return `Nothing can be told: ${baseline.label} finished no ${report.trace.primary}.`;
  if (base.unfinished === base.count)
    return `Nothing can be told: on ${baseline.label} no ${report.trace.primary} came to an end.`;
  if (baseline.generator.saturated)
    return `Nothing can be told: the load generator was saturated on ${baseline.label} (${baseline.generator.reasons.join('; ')}); ${reliefOf(report)}.`;
  if (baseline.slowedBy !== undefined)
    return `Nothing can be told: ${baseline.slowedBy} ran inside the coordinator of ${baseline.label} and slowed it; replay without it to compare.`;
  if (report.results.length === 1)
    return `Only ${baseline.label} was replayed: ${report.trace.primary} p50 ${tellPercentile(base.responseMs, 'p50')}, p99 ${tellPercentile(base.responseMs, 'p99')}; name another --strategy to compare it with.`;
  const others = candidates(report).filter((each) => each.result !== baseline);
  const best = others.sort((a, b) => a.operation.responseMs.p99 - b.operation.responseMs.p99)[0];
  if (best === undefined)
    return `There is nothing to recommend beside ${baseline.label}: no other strategy that claims anything was measured and kept its claims.`;
  const gainPercent = 100 * (1 - best.operation.responseMs.p99 / Math.max(base.responseMs.p99, Number.MIN_VALUE));
  const noisePercent = report.noise?.spreadPercent.p99;
  if (gainPercent <= 0)
    return `Nothing beats ${baseline.label} here: the next best, ${best.result.label}, has ${figures(report, best, base)}.`;
  if (noisePercent !== undefined && gainPercent <= noisePercent)
    return `The differences are within the noise: ${best.result.label} is ${tellPercent(gainPercent)} below ${baseline.label} at p99, while ${baseline.label}'s own rounds lie ${tellPercent(noisePercent)} apart; there is no reason here to change.`;
  if (noisePercent === undefined && gainPercent < leastGainPercent(best.operation, base))
    return `The differences are too small for one round: ${best.result.label} is ${tellPercent(gainPercent)} below ${baseline.label} at p99${sampleText(best.operation, base)}, and how far rounds lie apart is unknown; repeat with --rounds 3 or more before you change anything.`;
  return `${best.result.label} is the one to move to: ${figures(report, best, base)}, ${costs(best.result, baseline)}; ${promise(best.result)}${caveat(best, base, report)}.`;
}

function figures(report: Report, best: Candidate, base: OperationResult): string {
  const own = best.operation.responseMs;
  const change = tellChange(own.p99, base.responseMs.p99);
  return `${report.trace.primary} p99 ${tellPercentile(own, 'p99')} against ${tellPercentile(base.responseMs, 'p99')} on ${report.baseline} (${change ?? 'no ratio'}), p50 ${tellPercentile(own, 'p50')} against ${tellPercentile(base.responseMs, 'p50')}`;
}

function costs(result: MeasuredResult, baseline: MeasuredResult): string {
  const calls = callsText(result.calls.perOperation, baseline.calls.perOperation);
  const own = busiestCoordinator(result);
  const base = busiestCoordinator(baseline);
  if (own === undefined) return `${calls} and without a coordinator`;
  const instead = base === undefined ? '' : ` instead of ${tellPercent(base.cpuPercent.mean)} (${base.verdict})`;
  return `${calls} and ${tellPercent(own.cpuPercent.mean)} of a core for its busiest coordinator (${own.verdict})${instead}`;
}

function callsText(perOperation: number, basePerOperation: number): string {
  const [own, base] = [tellNumber(perOperation), tellNumber(basePerOperation)];
  if (own === base) return 'at as many calls per operation';
  return `at ${own} ${own === '1' ? 'call' : 'calls'} per operation instead of ${base}`;
}

function promise(result: MeasuredResult): string {
  const race = raceText(result);
  if (race !== undefined) return `it kept its promises in this run, but ${race}`;
  if (result.safety.verdict === 'safe') return 'it kept its promises in a run that could have shown otherwise';
  return `but its safety is unchecked (${result.safety.reason}), so check it on a busier trace before relying on it`;
}

function caveat(best: Candidate, base: OperationResult, report: Report): string {
  const marks = [...(best.operation.responseMs.thin ?? []), ...(base.responseMs.thin ?? [])];
  if (marks.includes('p99')) return '; p99 rests on fewer than 10 samples beyond it, so replay a longer trace';
  if (report.noise === undefined) return '; with one round the noise is unknown, so repeat with --rounds 3 or more';
  return '';
}

function boundSentence(report: Report, baseline: MeasuredResult): string {
  const bound = boundOf(report, baseline);
  if (bound.by === 'holders')
    return `The trace is bound by how long locks are held (${tellPercent(bound.sharePercent)} of all waiting was for another holder of the same key, most for ${bound.key}), where no strategy can help much: hold the lock for less, or split the key.`;
  if (bound.by === 'coordinator')
    return `The trace is bound by the coordinator ${bound.name}, which is saturated on ${baseline.label}.`;
  if (bound.by === 'nothing')
    return `Coordination hardly matters on this trace: ${baseline.label} is close to the floor that none gives.`;
  return '';
}

function doubts(report: Report): string {
  const saturated = measuredResults(report).filter(
    (result) => result.generator.saturated && result.label !== report.baseline,
  );
  if (saturated.length === 0) return '';
  return `The load generator was saturated on ${names(saturated)}: that figure measures the generator too, and counts for nothing here.`;
}

function failingSentence(report: Report): string {
  const failing = measuredResults(report).flatMap((result) => {
    const operation = result.operations[report.trace.primary];
    const share = operation === undefined ? 0 : failureShare(operation);
    return share > failureLimit ? [`${result.label} (${tellPercent(100 * share)})`] : [];
  });
  if (failing.length === 0) return '';
  return `Too many operations (${report.trace.primary}) failed, timed out or never finished on ${failing.join(', ')}.`;
}

function unsafeSentence(report: Report): string {
  const unsafe = measuredResults(report).filter((result) => result.safety.verdict === 'unsafe');
  if (unsafe.length === 0) return '';
  const each = unsafe.map((result) => `${result.label} (${result.safety.reason})`).join(', ');
  return `Unsafe, whatever the speed: ${each}.`;
}

function leftOverSentence(report: Report): string {
  const left = measuredResults(report).flatMap(({ label, workload }) => {
    const { workersLeft = 0 } = workload.forward?.gauges ?? {};
    return workersLeft > 0 ? [`${label} (${workersLeft})`] : [];
  });
  return left.length === 0 ? '' : `Left processes running when it was closed: ${left.join(', ')}.`;
}

function unfairSentence(report: Report): string {
  const unfair = unfairResults(report);
  if (unfair.length === 0) return '';
  const each = unfair.map(
    ({ label, locks }) =>
      `${label} gave one worker ${locks.sectionsPerWorker.min} sections and another ${locks.sectionsPerWorker.max}`,
  );
  return `p50 misleads where some workers starve: ${each.join('; ')}; read the mean and p99.`;
}

/** Of an interrupted run that is said first, and of all. */
function partialSentence(report: Report): string {
  if (report.state === 'interrupted') return '';
  const partial = measuredResults(report).filter(({ state }) => state === 'partial');
  if (partial.length === 0) return '';
  const each = partial.map(({ label, reason }) => (reason === undefined ? label : `${label} (${reason})`));
  return `Measured in part only: ${each.join(', ')}.`;
}

function unmeasuredSentence(report: Report): string {
  const missing = report.results.filter((result) => !isMeasured(result));
  if (missing.length === 0) return '';
  return `Not measured: ${missing.map((result) => `${result.label} (${result.state})`).join(', ')}.`;
}

function names(results: readonly MeasuredResult[]): string {
  return results.map((result) => result.label).join(', ');
}
