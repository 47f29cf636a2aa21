import { IpcbenchError } from '../errors.js';
import { type Interval, medianInterval } from '../measure/interval.js';
import type { MeasuredResult, StrategyResult } from '../measure/result.js';
import { changeOf } from './change.js';
import { type Condition, isOverall, metricText, type Operator, unitOf } from './condition.js';
import { tellValue } from './condition-limit.js';
import { figureOf, type Measurement, measurementOf } from './metric-value.js';
import { baselineOf, isMeasured, measuredResults, type Report } from './model.js';

/** How a condition came out, on one strategy or on all that it means. `unmeasured` > `failed` > `undecided` > `passed`. */
export type Status = 'unmeasured' | 'failed' | 'undecided' | 'passed';

export interface Outcome {
  condition: string;
  status: Status;
  /** What was held against what, one line. */
  text: string;
  /** The same for each strategy that the condition means. */
  strategies: { label: string; status: Status; text: string }[];
}

/** Whether a condition must not be true (`--fail-on`) or must be (`--slo`). */
export type Mode = 'fail-on' | 'must-hold';

export interface EvaluationOptions {
  mode?: Mode;
  /** Reports of earlier runs, for `+10%`. Three or more give the spread between runs. */
  bases?: readonly Report[];
  /** Both sides are in this one report: `+10%` then means against the strategy of this label, round by round. */
  within?: string;
}

type Truth = 'true' | 'false' | 'unknown' | 'unmeasured';
type Finding = { truth: Truth; text: string };

/**
 * Holds a report against a condition.
 * @throws IpcbenchError `BAD_CONDITION` when the condition names a strategy or an operation that the report does not have, or asks for a
 * change without a base: that must never read as passed
 */
export function evaluate(asked: Condition, asReported: Report, options: EvaluationOptions = {}): Outcome {
  const condition = withinRun(asked, options);
  const report = options.within === undefined ? asReported : { ...asReported, baseline: options.within };
  const operation = condition.operation ?? report.trace.primary;
  const meant = comparable(condition, meantResults(condition, report, operation), options.bases ?? []);
  const strategies = meant.map((result) => {
    const finding = isMeasured(result)
      ? find(condition, report, result, operation, options)
      : { truth: 'unmeasured' as const, text: `${result.state}: ${result.reason}` };
    return { label: result.label, status: statusOf(finding.truth, options.mode ?? 'fail-on'), text: finding.text };
  });
  const status = worst(strategies.map((each) => each.status));
  const telling = strategies.filter((each) => each.status === status);
  const text = telling.map((each) => `[${each.label}] ${each.text}`).join('; ');
  return { condition: condition.text, status, text, strategies };
}

/** A change between two sides of one run is a ratio between them. */
function withinRun(condition: Condition, options: EvaluationOptions): Condition {
  if (options.within === undefined || condition.limit.kind !== 'change') return condition;
  return { ...condition, limit: { kind: 'ratio', factor: 1 + condition.limit.percent / 100 } };
}

const order: readonly Status[] = ['unmeasured', 'failed', 'undecided', 'passed'];

/** The status that decides; `unmeasured` when there is none at all. */
export function worst(statuses: readonly Status[]): Status {
  return order.find((status) => statuses.includes(status)) ?? 'unmeasured';
}

function statusOf(truth: Truth, mode: Mode): Status {
  if (truth === 'unmeasured') return 'unmeasured';
  if (truth === 'unknown') return 'undecided';
  return (truth === 'true') === (mode === 'fail-on') ? 'failed' : 'passed';
}

/**
 * The results that a condition speaks of. Where it names none: all that were measured and have such an operation, those that failed
 * (which are thereby told as unmeasured), and not those unavailable here, nor the baseline where it would be held against itself.
 */
function meantResults(condition: Condition, report: Report, operation: string): StrategyResult[] {
  const named = namedResults(condition, report);
  const perOperation = !isOverall(condition.metric);
  const { metric } = condition;
  // Not every strategy has every figure of a workload (a scan has no index); where none has, all are told as unmeasured.
  const given = (result: StrategyResult): boolean =>
    isMeasured(result) && figureOf(result, metric, operation) !== undefined;
  const ofWorkload = (metric.kind === 'figure' || metric.kind === 'number') && named.some(given);
  const has = (result: StrategyResult): boolean =>
    !isMeasured(result) || (perOperation ? result.operations[operation] !== undefined : !ofWorkload || given(result));
  if (!named.some((result) => isMeasured(result) && has(result)) && named.some(isMeasured)) {
    const known = [...new Set(measuredResults(report).flatMap((result) => Object.keys(result.operations)))];
    throw bad(condition, `no operation "${operation}" in the report; it has ${known.join(', ')}`);
  }
  if (condition.strategy !== undefined) return named.filter(has);
  const itself = (result: StrategyResult): boolean =>
    condition.limit.kind === 'ratio' && result.label === report.baseline;
  const meant = named.filter((result) => result.state !== 'unavailable' && has(result) && !itself(result));
  if (meant.length > 0) return meant;
  if (condition.limit.kind === 'ratio' && named.some(itself))
    throw bad(condition, `there is no strategy beside the baseline ${report.baseline} to hold against it`);
  return named.filter((result) => result.state === 'unavailable');
}

/** For a change: the results that every base report has too. */
function comparable(condition: Condition, results: StrategyResult[], bases: readonly Report[]): StrategyResult[] {
  if (condition.limit.kind !== 'change') return results;
  const known = (result: StrategyResult): boolean =>
    bases.every((base) => measuredResults(base).some((other) => other.label === result.label));
  const missing = results.find((result) => isMeasured(result) && !known(result));
  if (missing !== undefined && condition.strategy !== undefined)
    throw bad(condition, `a base report has no figures of ${missing.label}`);
  const both = results.filter((result) => !isMeasured(result) || known(result));
  if (both.length === 0) throw bad(condition, 'no strategy is in both the base report and the new one');
  return both;
}

function namedResults(condition: Condition, report: Report): StrategyResult[] {
  const { strategy } = condition;
  if (strategy === undefined) return report.results;
  const exact = report.results.filter((result) => result.label === strategy);
  const found = exact.length > 0 ? exact : report.results.filter((result) => result.strategy === strategy);
  if (found.length === 0)
    throw bad(
      condition,
      `no strategy "${strategy}" in the report; it has ${report.results.map((result) => result.label).join(', ')}`,
    );
  return found;
}

function bad(condition: Condition, what: string): IpcbenchError {
  return new IpcbenchError('BAD_CONDITION', `condition ${condition.text}: ${what}`);
}

function find(
  condition: Condition,
  report: Report,
  result: MeasuredResult,
  operation: string,
  options: EvaluationOptions,
): Finding {
  const own = measurementOf(result, condition.metric, operation);
  const name = `${operation === report.trace.primary || isOverall(condition.metric) ? '' : `${operation}.`}${metricText(condition.metric)}`;
  const unfit = unfitness(result);
  if (own === undefined) {
    const told = isOverall(condition.metric) ? `${result.label} gave no ${name}` : `no ${operation} gave a ${name}`;
    return { truth: 'unmeasured', text: unfit === undefined ? told : `${told}, and ${unfit}` };
  }
  if (unfit !== undefined) return ofUnfit(condition, result, own, name) ?? { truth: 'unmeasured', text: unfit };
  if (condition.limit.kind === 'absolute') return absolute(condition, condition.limit.value, own, name);
  if (condition.limit.kind === 'ratio')
    return ratio(condition, condition.limit.factor, report, result, operation, own, name);
  if (options.bases === undefined || options.bases.length === 0)
    throw bad(
      condition,
      'a change such as +10% needs a base report; use compare or --against, or 0.5x to hold against the baseline strategy of the same run',
    );
  const change = changeOf(condition.metric, operation, report, result, options.bases);
  if (typeof change === 'string') return { truth: 'unmeasured', text: change };
  const truth = compare(condition.operator, change, condition.limit.percent);
  return {
    truth,
    text: `${name} changed by ${change.text}${truth === 'unknown' ? `: undecided, ${change.doubt}` : ''}`,
  };
}

/** Why no figure of this result can pass a gate; undefined when they can. */
export function unfitness(result: MeasuredResult): string | undefined {
  if (result.state === 'partial')
    return `only part of it was measured: ${result.reason ?? 'it did not run to its end'}`;
  if (result.slowedBy !== undefined) return `${result.slowedBy} ran inside its coordinator and slowed it`;
  if (result.generator.saturated) return `the load generator was saturated: ${result.generator.reasons.join('; ')}`;
  return undefined;
}

/** What a partial result has counted stays counted, whatever is missing: it decides a condition where more of it would not change that. */
function ofUnfit(condition: Condition, result: MeasuredResult, own: Measurement, name: string): Finding | undefined {
  const { metric, limit } = condition;
  const counted = metric.kind === 'number' && unitOf(metric) === 'count';
  if (!counted || limit.kind !== 'absolute' || result.state !== 'partial') return undefined;
  const finding = absolute(condition, limit.value, { ...own, high: Number.POSITIVE_INFINITY }, name);
  return finding.truth === 'unknown' ? undefined : finding;
}

function absolute(condition: Condition, limit: number, own: Measurement, name: string): Finding {
  const truth = compare(condition.operator, own, limit);
  const unit = unitOf(condition.metric);
  const doubt = truth === 'unknown' ? `: undecided, ${own.doubt ?? 'it is too near'}` : '';
  return {
    truth,
    text: `${name} is ${own.high === Number.POSITIVE_INFINITY ? 'at least ' : ''}${tellValue(own.value, unit)}${doubt}`,
  };
}

function ratio(
  condition: Condition,
  factor: number,
  report: Report,
  result: MeasuredResult,
  operation: string,
  own: Measurement,
  name: string,
): Finding {
  const baseline = baselineOf(report);
  if (baseline === undefined) return { truth: 'unmeasured', text: `the baseline ${report.baseline} was not measured` };
  const unfit = unfitness(baseline);
  if (unfit !== undefined) return { truth: 'unmeasured', text: `baseline ${baseline.label}: ${unfit}` };
  const base = measurementOf(baseline, condition.metric, operation);
  if (base === undefined) return { truth: 'unmeasured', text: `the baseline ${baseline.label} has no ${name}` };
  if (base.value === 0 && own.value > 0)
    return {
      truth: compare(condition.operator, exact(Number.POSITIVE_INFINITY), factor),
      text: `${name} is 0 on ${baseline.label} and not here`,
    };
  const value = base.value === 0 ? 1 : own.value / base.value;
  const interval = ratioInterval(value, own, base, roundRatios(condition, result, baseline, operation));
  const truth = compare(condition.operator, interval, factor);
  const doubt =
    truth === 'unknown'
      ? `: undecided, between ${interval.low.toFixed(2)}x and ${interval.high.toFixed(2)}x as far as the rounds tell`
      : '';
  return { truth, text: `${name} is ${value.toFixed(2)}x of ${baseline.label}'s${doubt}` };
}

function exact(value: number): Interval {
  return { low: value, high: value };
}

function roundRatios(
  condition: Condition,
  result: MeasuredResult,
  baseline: MeasuredResult,
  operation: string,
): number[] {
  return result.rounds.flatMap((round) => {
    const twin = baseline.rounds.find((other) => other.round === round.round);
    const own = figureOf(round, condition.metric, operation);
    const base = twin === undefined ? undefined : figureOf(twin, condition.metric, operation);
    return own === undefined || base === undefined || base === 0 ? [] : [own / base];
  });
}

/** The pooled ratio, widened by what each side's own doubt and the spread over rounds allow. */
function ratioInterval(value: number, own: Measurement, base: Measurement, rounds: readonly number[]): Interval {
  const low = base.high === 0 ? value : own.low / base.high;
  const high = base.low === 0 ? value : own.high / base.low;
  if (rounds.length < 2) return { low: Math.min(low, value), high: Math.max(high, value) };
  const spread = medianInterval(rounds);
  return { low: Math.min(low, value, spread.low), high: Math.max(high, value, spread.high) };
}

function compare(operator: Operator, value: Interval, limit: number): Truth {
  const { low, high } = value;
  const tests: Record<Operator, () => [boolean, boolean]> = {
    '>': () => [low > limit, high <= limit],
    '>=': () => [low >= limit, high < limit],
    '<': () => [high < limit, low >= limit],
    '<=': () => [high <= limit, low > limit],
    '=': () => [low === limit && high === limit, low > limit || high < limit],
    '!=': () => [low > limit || high < limit, low === limit && high === limit],
  };
  const [isTrue, isFalse] = tests[operator]();
  return isTrue ? 'true' : isFalse ? 'false' : 'unknown';
}
