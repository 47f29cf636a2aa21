import { type CycleDifference, isMeasured, type SafetyResult, type StrategyResult } from '../../measure/result.js';
import { safetyVerdict } from '../../measure/safety-rule.js';
import type { CameTo, Results } from '../workload-tally.js';
import { type CycleDigest, differenceOf, firstDiffering } from './cycle-digest.js';
import type { CycleTruths } from './cycle-truth.js';

/** A strategy's result, and by cycle (those of the same miners, seed and time-out are one) what it came to there. */
export interface WithCycles {
  result: StrategyResult;
  cameTo: CameTo;
}

/** Puts together what was seen in several workers and rounds. */
export function joinCameTo(parts: readonly CameTo[]): CameTo {
  const all = new Map<string, Results>();
  for (const [cycle, { results, asked }] of parts.flatMap((part) => Object.entries(part))) {
    const known = all.get(cycle);
    const text = known?.asked ?? asked;
    const together = [...new Set([...(known?.results ?? []), ...results])];
    all.set(cycle, { results: together, ...(text === undefined ? {} : { asked: text }) });
  }
  return Object.fromEntries(all);
}

/**
 * Holds what each cycle came to on a strategy against what it comes to by the trace, and against itself; where nobody worked out the former,
 * against the first safe strategy: all carry the same answers of the same miners, and one that hands over others is unsafe, however fast it
 * was. Cycles that failed, or that only one of two strategies got to, are left out.
 */
export function compareCycles(
  entries: readonly WithCycles[],
  truths: Pick<CycleTruths, 'of'> = { of: () => undefined },
): StrategyResult[] {
  const judged = entries.map(({ result, cameTo }) => {
    const differing = differencesIn(cameTo, (cycle, { results }) => {
      const truth = truths.of(cycle);
      if (truth !== undefined) return againstTruth(results, truth);
      const [first, other] = results;
      return first === undefined || other === undefined ? undefined : `${told(other, first)} another time`;
    });
    const cycles = Object.keys(cameTo);
    const checked = cycles.filter((cycle) => truths.of(cycle) !== undefined).length;
    const found = cycles.length === 0 ? {} : { cycles: { different: cycles.length, checked } };
    return { cameTo, result: marked(result, { ...found, ...differing }) };
  });
  const able = judged.filter(({ result, cameTo }) => isMeasured(result) && Object.keys(cameTo).length > 0);
  const reference = able.find(({ result }) => isMeasured(result) && result.safety.verdict === 'safe') ?? able[0];
  return judged.map((entry) => {
    if (reference === undefined || entry === reference) return entry.result;
    const differing = differencesIn(entry.cameTo, (cycle, { results: [own] }) => {
      const [other] = reference.cameTo[cycle]?.results ?? [];
      if (truths.of(cycle) !== undefined || own === undefined || other === undefined || own === other) return undefined;
      return `${told(own, other)} on ${reference.result.label}`;
    });
    return marked(entry.result, differing);
  });
}

type Found = Pick<SafetyResult, 'cycles' | 'differing'>;

function differencesIn(
  cameTo: CameTo,
  differenceIn: (cycle: string, results: Results) => string | undefined,
): { differing?: CycleDifference } {
  const all = Object.entries(cameTo).flatMap(([cycle, results]) => differenceIn(cycle, results) ?? []);
  const [example] = all;
  return example === undefined ? {} : { differing: { cycles: all.length, example } };
}

function againstTruth(results: readonly string[], truth: string): string | undefined {
  const wrong = results.find((result) => result !== truth);
  if (wrong === undefined) return undefined;
  const miner = firstDiffering(JSON.parse(wrong) as CycleDigest, JSON.parse(truth) as CycleDigest);
  const where = miner < 0 ? '' : `, first at miner ${miner}`;
  return `${told(wrong, truth)} by the trace${where}${results.length > 1 ? ', and not the same another time' : ''}`;
}

const told = (own: string, other: string): string =>
  differenceOf(JSON.parse(own) as CycleDigest, JSON.parse(other) as CycleDigest);

function marked(result: StrategyResult, { cycles, differing }: Found): StrategyResult {
  if ((cycles === undefined && differing === undefined) || !isMeasured(result)) return result;
  const { safety } = result;
  const known = safety.differing;
  const all =
    differing === undefined
      ? known
      : { cycles: (known?.cycles ?? 0) + differing.cycles, example: known?.example ?? differing.example };
  const counts = {
    ...safety,
    ...(cycles === undefined ? {} : { cycles }),
    ...(all === undefined ? {} : { differing: all }),
  };
  return { ...result, safety: { ...counts, ...safetyVerdict(result.claims, counts) } };
}
