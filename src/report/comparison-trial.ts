import type { MeasuredPart, MeasuredResult } from '../measure/result.js';
import type { ComparisonRow, Side } from './comparison-model.js';
import type { Metric } from './condition.js';
import { figureOf } from './metric-value.js';

/** From so many base runs on, runs are compared as wholes with the spread between them, and no longer round by round. */
export const runsOfHistory = 3;

interface Subject {
  metric: ComparisonRow['metric'];
  operation?: string;
  /** Whether less is better. */
  lessIsBetter: boolean;
  read: (part: MeasuredPart) => number | undefined;
}

/** What is compared: percentiles of every operation that all sides have, and the figures of the strategy as a whole. */
function subjectsOf(results: readonly MeasuredResult[]): Subject[] {
  const [first, ...others] = results;
  const operations = Object.keys(first?.operations ?? {}).filter((name) =>
    others.every((other) => other.operations[name] !== undefined),
  );
  const percentiles = operations.flatMap((operation) =>
    (['p50', 'p95', 'p99'] as const).map((at) => subject(at, { kind: 'latency', of: 'response', at }, operation)),
  );
  const costs = operations.flatMap((operation) =>
    (['calls', 'bytes'] as const).map((name) => subject(name, { kind: 'cost', name }, operation)),
  );
  const totals = (['throughput', 'cpu'] as const).map((name) => subject(name, { kind: 'total', name }));
  return [...percentiles, ...costs, ...totals];
}

function subject(name: ComparisonRow['metric'], metric: Metric, operation?: string): Subject {
  return {
    metric: name,
    ...(operation === undefined ? {} : { operation }),
    lessIsBetter: name !== 'throughput',
    read: (part) => figureOf(part, metric, operation ?? ''),
  };
}

/** A row in the making: what it compares, and the logarithms that the family's test needs. */
export interface Trial {
  row: Omit<ComparisonRow, 'verdict' | 'reason' | 'intervalPercent'>;
  lessIsBetter: boolean;
  before: number[];
  after: number[];
}

/** Both sides in one run, paired by round. */
export function pairedTrials(side: Side): Trial[] {
  const [base] = side.bases;
  if (base === undefined) return [];
  const pairs = side.current.rounds.flatMap((round) => {
    const twin = base.rounds.find((other) => other.round === round.round);
    return twin === undefined ? [] : [{ twin, round }];
  });
  return subjectsOf([base, side.current]).flatMap((each) => {
    const before = pairs.map(({ twin }) => logarithm(each.read(twin)));
    const after = pairs.map(({ round }) => logarithm(each.read(round)));
    return trialOf(side, each, false, each.read(base), each.read(side.current), before, after);
  });
}

export function countTrials(side: Side): Trial[] {
  return trialsOf(side, (each) => each.metric === 'calls' || each.metric === 'bytes');
}

export function figureTrials(side: Side): Trial[] {
  return trialsOf(side, (each) => each.metric !== 'calls' && each.metric !== 'bytes');
}

function trialsOf(side: Side, wanted: (subject: Subject) => boolean): Trial[] {
  return subjectsOf([...side.bases, side.current])
    .filter(wanted)
    .flatMap((each) => {
      const runs = side.bases.map(each.read);
      const base = meanOf(runs);
      const history = side.bases.length >= runsOfHistory;
      const before = history
        ? runs.map(logarithm)
        : side.bases.flatMap((result) => result.rounds.map((round) => logarithm(each.read(round))));
      const after = history
        ? [logarithm(each.read(side.current))]
        : side.current.rounds.map((round) => logarithm(each.read(round)));
      return trialOf(side, each, false, base, each.read(side.current), before, after);
    });
}

export function ratioTrials(side: Side, reference: Side): Trial[] {
  const history = side.bases.length >= runsOfHistory;
  return subjectsOf([...side.bases, side.current, ...reference.bases, reference.current])
    .filter((each) => ['p50', 'p95', 'p99'].includes(each.metric))
    .flatMap((each) => {
      const whole = side.bases.map((result, run) => ratio(each.read(result), readOf(each, reference.bases[run])));
      const own = ratio(each.read(side.current), each.read(reference.current));
      const before = history
        ? whole.map(logarithm)
        : side.bases.flatMap((result, run) => roundRatios(each, result, reference.bases[run]));
      const after = history ? [logarithm(own)] : roundRatios(each, side.current, reference.current);
      return trialOf(side, each, true, meanOf(whole), own, before, after);
    });
}

function readOf(each: Subject, result: MeasuredResult | undefined): number | undefined {
  return result === undefined ? undefined : each.read(result);
}

function roundRatios(each: Subject, result: MeasuredResult, reference: MeasuredResult | undefined): number[] {
  return result.rounds.map((round) => {
    const twin = reference?.rounds.find((other) => other.round === round.round);
    return logarithm(twin === undefined ? undefined : ratio(each.read(round), each.read(twin)));
  });
}

function ratio(own: number | undefined, base: number | undefined): number | undefined {
  return own === undefined || base === undefined || base === 0 ? undefined : own / base;
}

function meanOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length < values.length ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** NaN where there is nothing to take one of. */
function logarithm(value: number | undefined): number {
  return value === undefined || value <= 0 ? Number.NaN : Math.log(value);
}

function trialOf(
  side: Side,
  each: Subject,
  relative: boolean,
  base: number | undefined,
  current: number | undefined,
  before: number[],
  after: number[],
): Trial[] {
  if (base === undefined || current === undefined) return [];
  const row = {
    strategy: side.label,
    ...(each.operation === undefined ? {} : { operation: each.operation }),
    metric: each.metric,
    relative,
    base,
    current,
    changePercent: base === 0 ? (current === 0 ? 0 : 100) : 100 * (current / base - 1),
  };
  return [{ row, lessIsBetter: each.lessIsBetter, before, after }];
}
