import type { Interval } from '../measure/interval.js';
import { relabelTest, type Significance, signFlipTest } from '../measure/permutation.js';
import { predictionInterval } from '../measure/prediction.js';
import { pairedInterval, shiftInterval } from '../measure/shift.js';
import type { ComparisonRow, ComparisonVerdict, Side } from './comparison-model.js';
import { countTrials, figureTrials, pairedTrials, ratioTrials, runsOfHistory, type Trial } from './comparison-trial.js';

/** Fewer rounds than this of each side cannot tell anything with 95 %. */
export const leastPairedRounds = 5;
export const leastSeparateRounds = 4;
/** Chance of any false rise, and of any false fall, in a whole comparison. */
export const errorRate = 0.025;
/**
 * In one run, all rounds must agree by more than this share of how far they lie apart: five rounds agree by chance in 1 of 16 runs, and
 * where the machine is so noisy that any minimum effect drowns, this keeps false alarms below 1 in 20.
 */
const pairedScatterShare = 0.1;

export const fewRounds = `fewer than ${leastPairedRounds} rounds: repeat with --rounds ${leastPairedRounds} or more`;

/** Both sides in one run: differences round by round. */
export function judgePaired(sides: readonly Side[], effectPercent: number): ComparisonRow[] {
  const trials = sides.flatMap(pairedTrials);
  const least = leastPairedRounds;
  const test = { effectPercent, fewReason: fewRounds };
  const differences = (trial: Trial): number[] => trial.after.map((value, round) => value - (trial.before[round] ?? 0));
  const tested = testable(trials, least, least);
  const significance = signFlipTest(tested.map(differences), worthMentioning(effectPercent));
  return trials.map((trial) => {
    const found = significance[tested.indexOf(trial)];
    const own = { ...test, rate: pairedRate(trial.after.length), scatterShare: pairedScatterShare };
    return rowOf(trial, found === undefined ? undefined : pairedInterval(differences(trial)), found, own);
  });
}

/** Chance of a false rise, and of a false fall, between sides of one run: five rounds cannot show less than 1 in 32. */
export function pairedRate(rounds: number): number {
  return Math.max(errorRate, 2 ** -rounds);
}

/**
 * Separate runs, which shift as wholes: figures themselves are judged against the spread of three or more base runs, or not at all;
 * ratios to the baseline strategy (and calls and bytes, which do not depend on the machine) from round to round.
 * @param reference the baseline strategy in all the runs
 * @param carriedOnly the runs are not of one kind: leave out what does not carry over
 */
export function judgeBetween(
  sides: readonly Side[],
  reference: Side | undefined,
  effectPercent: number,
  carriedOnly: boolean,
): ComparisonRow[] {
  const exact = sides.flatMap((side) => countTrials(side));
  const relative =
    reference === undefined
      ? []
      : sides.filter((side) => side !== reference).flatMap((side) => ratioTrials(side, reference));
  const absolute = carriedOnly ? [] : sides.flatMap((side) => figureTrials(side));
  const history = (sides[0]?.bases.length ?? 0) >= runsOfHistory;
  if (history)
    return [...exact, ...absolute, ...relative].map((trial, _, all) =>
      againstHistory(trial, all.length, effectPercent),
    );
  const carried = [...exact, ...relative];
  const tested = testable(carried, leastSeparateRounds, leastSeparateRounds);
  const scale = worthMentioning(effectPercent);
  const significance = relabelTest(
    tested.map((trial) => trial.before),
    tested.map((trial) => trial.after),
    scale,
  );
  const fewReason = `fewer than ${leastSeparateRounds} rounds in one of the runs: repeat with --rounds 5 or more`;
  const test = { effectPercent, fewReason, rate: errorRate, scatterShare: 0 };
  const judged = carried.map((trial) => {
    const found = significance[tested.indexOf(trial)];
    const interval = found === undefined ? undefined : shiftInterval(trial.before, trial.after);
    return rowOf(trial, interval, found, test);
  });
  return [
    ...absolute.map((trial): ComparisonRow => ({ ...trial.row, verdict: 'inconclusive', reason: shifting })),
    ...judged,
  ];
}

export const shifting =
  'two separate runs shift as wholes; give three or more base reports, or replay old and new in one run';

/** Those with rounds enough, every figure above 0, and as many rounds as the others: one relabelling then holds for all. */
function testable(trials: readonly Trial[], leastBefore: number, leastAfter: number): Trial[] {
  const sound = trials.filter((trial) => [...trial.before, ...trial.after].every(Number.isFinite));
  const [n, m] = [
    Math.max(0, ...sound.map((trial) => trial.before.length)),
    Math.max(0, ...sound.map((trial) => trial.after.length)),
  ];
  if (n < leastBefore || m < leastAfter) return [];
  return sound.filter((trial) => trial.before.length === n && trial.after.length === m);
}

function worthMentioning(effectPercent: number): number {
  return Math.log(1 + effectPercent / 100);
}

function againstHistory(trial: Trial, family: number, effectPercent: number): ComparisonRow {
  const test = {
    effectPercent,
    fewReason: 'a figure is 0 or missing in one of the runs',
    rate: errorRate,
    scatterShare: 0,
  };
  const [own] = trial.after;
  if (own === undefined || ![own, ...trial.before].every(Number.isFinite))
    return rowOf(trial, undefined, undefined, test);
  const percent = predictionInterval(trial.before.map(Math.exp), Math.exp(own), 1 - (2 * errorRate) / family);
  const interval = { low: Math.log(1 + percent.low / 100), high: Math.log(1 + percent.high / 100) };
  return rowOf(trial, interval, { rose: 0, fell: 0 }, test);
}

interface Test extends Omit<Bar, 'limit'> {
  effectPercent: number;
  /** Said where there are too few rounds. */
  fewReason: string;
}

function rowOf(
  trial: Trial,
  interval: Interval | undefined,
  significance: Significance | undefined,
  test: Test,
): ComparisonRow {
  const { row } = trial;
  if (neverMoved(trial)) return { ...row, verdict: 'same', reason: 'equal in every round' };
  if (interval === undefined || significance === undefined) {
    const zero = [...trial.before, ...trial.after].some((value) => !Number.isFinite(value));
    return {
      ...row,
      verdict: 'inconclusive',
      reason: zero ? 'a figure is 0 or missing in one of the rounds' : test.fewReason,
    };
  }
  const percent = (log: number): number => 100 * (Math.exp(log) - 1);
  const intervalPercent = { low: percent(interval.low), high: percent(interval.high) };
  const limit = worthMentioning(test.effectPercent);
  const verdict = verdictOf(interval, significance, trial.lessIsBetter, { ...test, limit });
  return { ...row, intervalPercent, verdict, reason: reasons[verdict](test.effectPercent) };
}

function neverMoved({ row, before, after }: Trial): boolean {
  return row.base === row.current && [...before, ...after].every((value) => Object.is(value, before[0]));
}

export interface Bar {
  /** The least change that counts, in the unit of the interval. */
  limit: number;
  rate: number;
  /** A change must also exceed this share of the interval's own width. */
  scatterShare: number;
}

export function verdictOf(
  interval: Interval,
  significance: Significance,
  lessIsBetter: boolean,
  { limit, rate, scatterShare }: Bar,
): ComparisonVerdict {
  const least = Math.max(limit, scatterShare * (interval.high - interval.low));
  const rose = significance.rose <= rate && interval.low > least;
  const fell = significance.fell <= rate && interval.high < -least;
  if (rose || fell) return rose === lessIsBetter ? 'worse' : 'better';
  return interval.low >= -limit && interval.high <= limit ? 'same' : 'inconclusive';
}

const reasons: Record<ComparisonVerdict, (effectPercent: number) => string> = {
  worse: (effect) => `worse by more than ${effect} %`,
  better: (effect) => `better by more than ${effect} %`,
  same: (effect) => `within ${effect} % either way`,
  inconclusive: (effect) => `neither within ${effect} % nor surely beyond it`,
};
