import { type CycleDifference, isMeasured, type StrategyResult } from '../../measure/result.js';
import { differenceText } from '../../measure/safety-rule.js';
import type { CameTo } from '../workload-tally.js';
import type { CycleTally } from './cycle-check.js';

/** What a cycle came to: the same on every strategy, whatever its order and speed. */
export type CycleDigest = Pick<CycleTally, 'rows' | 'valid' | 'invalid' | 'timedOut' | 'sum' | 'fingerprint'>;

export function digestOf({ rows, valid, invalid, timedOut, sum, fingerprint }: CycleTally): CycleDigest {
  return { rows, valid, invalid, timedOut, sum, fingerprint };
}

/** A strategy's result, and by cycle (those of the same miners, seed and time-out are one) what it came to there. */
export interface WithCycles {
  result: StrategyResult;
  cameTo: CameTo;
}

/** What each part of a digest is called; where these are alike, answers have changed places or numbers. */
const compared = {
  rows: 'rows',
  valid: 'valid answers',
  invalid: 'invalid answers',
  timedOut: 'miners timed out',
  sum: 'as the sum of all numbers',
};

/** Puts together what was seen in several workers and rounds. */
export function joinCameTo(parts: readonly CameTo[]): CameTo {
  const all = new Map<string, Set<string>>();
  for (const [cycle, results] of parts.flatMap((part) => Object.entries(part)))
    all.set(cycle, new Set([...(all.get(cycle) ?? []), ...results]));
  return Object.fromEntries([...all].map(([cycle, results]) => [cycle, [...results]]));
}

/**
 * Holds what each cycle came to on a strategy against what the same one came to on the first safe strategy, and against itself: strategies carry
 * the same answers of the same miners, and one that hands over others is unsafe, however fast it was. Cycles that failed or that only one of the
 * two got to are left out.
 */
export function compareCycles(entries: readonly WithCycles[]): StrategyResult[] {
  const judged = entries.map(({ result, cameTo }) => ({ cameTo, result: marked(result, withinItself(cameTo)) }));
  const able = judged.filter(({ result, cameTo }) => isMeasured(result) && Object.keys(cameTo).length > 0);
  const reference = able.find(({ result }) => isMeasured(result) && result.safety.verdict === 'safe') ?? able[0];
  return judged.map((entry) => {
    if (reference === undefined || entry === reference) return entry.result;
    return marked(entry.result, between(entry.cameTo, reference));
  });
}

function withinItself(cameTo: CameTo): CycleDifference | undefined {
  const several = Object.values(cameTo).filter((results) => results.length > 1);
  const [[one, other] = []] = several;
  if (one === undefined || other === undefined) return undefined;
  return { cycles: several.length, example: `${differenceOf(other, one)} another time` };
}

function between(cameTo: CameTo, { cameTo: others, result: { label } }: WithCycles): CycleDifference | undefined {
  const differing = Object.entries(cameTo).flatMap(([cycle, [own]]) => {
    const other = others[cycle]?.[0];
    return own === undefined || other === undefined || own === other ? [] : [differenceOf(own, other)];
  });
  const [first] = differing;
  return first === undefined ? undefined : { cycles: differing.length, example: `${first} on ${label}` };
}

function differenceOf(ownText: string, otherText: string): string {
  const [own, other] = [JSON.parse(ownText) as CycleDigest, JSON.parse(otherText) as CycleDigest];
  const names = Object.keys(compared) as (keyof typeof compared)[];
  const told = names.flatMap((name) =>
    own[name] === other[name] ? [] : [`${own[name]} ${compared[name]} in place of ${other[name]}`],
  );
  return told.length > 0 ? told.join(', ') : 'the same numbers, but at other places than';
}

function marked(result: StrategyResult, difference: CycleDifference | undefined): StrategyResult {
  if (difference === undefined || !isMeasured(result)) return result;
  const { safety } = result;
  const text = differenceText(difference);
  const reason = safety.verdict === 'unsafe' ? `${safety.reason}; ${text}` : text;
  const { cycles = 0, example = difference.example } = safety.differing ?? {};
  const differing = { cycles: cycles + difference.cycles, example };
  return { ...result, safety: { ...safety, differing, verdict: 'unsafe', reason } };
}
