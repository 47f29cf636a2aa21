import { signFlipTest } from '../measure/permutation.js';
import { predictionMargin } from '../measure/prediction.js';
import type { MeasuredPart, MeasuredResult } from '../measure/result.js';
import { pairedInterval } from '../measure/shift.js';
import type { ComparisonRow, ComparisonVerdict, Side } from './comparison-model.js';
import { runsOfHistory } from './comparison-trial.js';
import { errorRate, fewRounds, leastPairedRounds, pairedRate, shifting, verdictOf } from './comparison-verdict.js';
import { failureShare } from './failure-share.js';
import { tellPercent } from './quantity.js';

/**
 * How many operations fail, before and after. Shares may be 0, so they are judged by their differences and not by ratios; and failures
 * come in clusters (an outage, a gate that overflows), so rounds and runs are held against each other, never single operations.
 */
interface Failures {
  strategy: string;
  operation: string;
  /** Shares of each base as a whole. */
  bases: number[];
  current: number;
  /** Shares round by round. */
  before: number[];
  after: number[];
  /** Standard errors that counting alone gives. */
  countingError: number;
}

/** A growth by so many points within a run or between runs is one even where there are too few rounds to know how they scatter. */
const mostOfAll = 0.5;
/** So many standard errors of counting lie between two shares that chance did not bring about, however many operations are compared. */
const countingErrors = 4;

/**
 * Failures are a family of their own: faster by far, an operation that fails would hide in the other's. That would add to the chance of a
 * false alarm, so a growth must also exceed this share of how far its rounds lie apart.
 */
const scatterShare = 0.25;

/** Both sides in one run. */
export function judgeFailuresPaired(sides: readonly Side[], effectPercent: number): ComparisonRow[] {
  const all = sides.flatMap((side) => failuresOf(side, pairedRounds));
  const rounds = Math.max(0, ...all.map(({ after }) => after.length));
  const tested = rounds < leastPairedRounds ? [] : all.filter(({ after }) => after.length === rounds);
  const limit = effectPercent / 100;
  const differences = ({ before, after }: Failures): number[] =>
    after.map((share, round) => share - (before[round] ?? 0));
  const significance = signFlipTest(tested.map(differences), limit);
  return all.map((failures) => {
    const found = significance[tested.indexOf(failures)];
    if (found === undefined) return rowOf(failures, effectPercent, wholesale(failures), fewRounds);
    const interval = pairedInterval(differences(failures));
    const verdict = verdictOf(interval, found, true, { limit, rate: pairedRate(rounds), scatterShare });
    const judged = verdict === 'worse' || verdict === 'better' ? verdict : wholesale(failures);
    const intervalPercent = { low: 100 * interval.low, high: 100 * interval.high };
    return { ...rowOf(failures, effectPercent, judged, scattering), intervalPercent };
  });
}

/** Separate runs. With three base runs or more, their spread tells what is usual. */
export function judgeFailuresBetween(sides: readonly Side[], effectPercent: number): ComparisonRow[] {
  const all = sides.flatMap((side) => failuresOf(side, allRounds));
  const confidence = 1 - (2 * errorRate) / Math.max(all.length, 1);
  return all.map((failures) => {
    if (failures.bases.length < runsOfHistory) return rowOf(failures, effectPercent, wholesale(failures), shifting);
    const { bases, current } = failures;
    const spread = predictionMargin(bases, confidence);
    const usual = Math.abs(current - meanOf(bases)) <= spread + effectPercent / 100;
    const judged = usual ? undefined : apart(failures, effectPercent / 100);
    return rowOf(failures, effectPercent, judged, 'within the spread between the base runs or their rounds');
  });
}

const scattering = 'the rounds scatter too much to tell';

/** Between separate runs with too little to tell their spread from: only what no shift of a whole run explains. */
function wholesale(failures: Failures): ComparisonVerdict | undefined {
  return apart(failures, mostOfAll);
}

/** Whether every round of one side lies above every round of the other by more than `limit`, and by more than counting explains. */
function apart({ before, after, countingError }: Failures, limit: number): 'worse' | 'better' | undefined {
  const least = Math.max(limit, countingErrors * countingError);
  if (Math.min(...after) - Math.max(...before) > least) return 'worse';
  return Math.min(...before) - Math.max(...after) > least ? 'better' : undefined;
}

/** @param undecided why, where neither a change is sure nor all rounds lie within the minimum effect */
function rowOf(
  { strategy, operation, bases, current, before, after }: Failures,
  effectPercent: number,
  judged: ComparisonVerdict | undefined,
  undecided: string,
): ComparisonRow {
  const all = [...before, ...after];
  const close = 100 * (Math.max(...all) - Math.min(...all)) <= effectPercent;
  const verdict = judged ?? (close ? 'same' : 'inconclusive');
  const base = meanOf(bases);
  const reasons: Record<ComparisonVerdict, string> = {
    worse: 'more of them fail, time out or never finish',
    better: 'fewer of them fail, time out or never finish',
    same: `within ${effectPercent} points in all rounds`,
    inconclusive: undecided,
  };
  return {
    strategy,
    operation,
    metric: 'failures',
    relative: false,
    base: 100 * base,
    current: 100 * current,
    changePercent: 100 * (current - base),
    verdict,
    reason: reasons[verdict],
  };
}

/**
 * What fails fast is no gain: where operations fail more often, or may, nothing that such an operation costs counts as better, nor do the
 * figures of its strategy as a whole.
 * @param rows all but those of failures
 */
export function withoutFalseGains(
  rows: readonly ComparisonRow[],
  failures: readonly ComparisonRow[],
  effectPercent: number,
): ComparisonRow[] {
  const grown = failures.filter(
    ({ verdict, changePercent }) =>
      verdict === 'worse' || (verdict === 'inconclusive' && changePercent > effectPercent),
  );
  return rows.map((row) => {
    const cause = grown.find(
      ({ strategy, operation }) =>
        row.strategy === strategy && (row.operation === undefined || row.operation === operation),
    );
    if (row.verdict !== 'better' || cause === undefined) return row;
    const { operation, base, current } = cause;
    const reason = `no gain: ${tellPercent(current)} of ${operation} fail, ${tellPercent(base)} did before`;
    return { ...row, verdict: 'inconclusive', reason };
  });
}

type Rounds = (side: Side, operation: string) => { before: MeasuredPart[]; after: MeasuredPart[] };

const pairedRounds: Rounds = ({ bases: [base], current }, operation) => {
  const pairs = current.rounds.flatMap((round) => {
    const twin = base?.rounds.find((other) => other.round === round.round);
    return twin !== undefined && has(twin, operation) && has(round, operation) ? [{ twin, round }] : [];
  });
  return { before: pairs.map(({ twin }) => twin), after: pairs.map(({ round }) => round) };
};

const allRounds: Rounds = ({ bases, current }, operation) => {
  const within = ({ rounds }: MeasuredResult): MeasuredPart[] => rounds.filter((round) => has(round, operation));
  return { before: bases.flatMap(within), after: within(current) };
};

function failuresOf(side: Side, roundsOf: Rounds): Failures[] {
  const { label: strategy, bases, current } = side;
  const names = Object.keys(current.operations).filter((name) => [...bases, current].every((part) => has(part, name)));
  return names.flatMap((operation) => {
    const { before, after } = roundsOf(side, operation);
    if (before.length === 0 || after.length === 0) return [];
    const share = (part: MeasuredPart): number => shareOf(part, operation);
    return {
      strategy,
      operation,
      bases: bases.map(share),
      current: share(current),
      before: before.map(share),
      after: after.map(share),
      countingError: countingError(bases, current, operation),
    };
  });
}

/** Of the difference of two shares, each as likely as all base runs make it; one more failure and one more success keep it above 0. */
function countingError(bases: readonly MeasuredPart[], current: MeasuredPart, operation: string): number {
  const countOf = (part: MeasuredPart): number => part.operations[operation]?.count ?? 0;
  const counted = bases.reduce((sum, part) => sum + countOf(part), 0);
  const failed = bases.reduce((sum, part) => sum + shareOf(part, operation) * countOf(part), 0);
  const likely = (failed + 1) / (counted + 2);
  return Math.sqrt(likely * (1 - likely) * (1 / counted + 1 / countOf(current)));
}

function has(part: MeasuredPart, operation: string): boolean {
  return (part.operations[operation]?.count ?? 0) > 0;
}

function shareOf({ operations }: MeasuredPart, operation: string): number {
  const found = operations[operation];
  return found === undefined ? 0 : failureShare(found);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
