import type { Claims, SafetyResult } from '../measure/result.js';
import type { Findings } from './oracle.js';

/** Below this many sections that would have overlapped unguarded, a run could hardly have shown a broken lock. */
export const overlapsToTell = 10;

const examplesKept = 8;

/** Adds up what the oracle found in each round and holds it against what the strategy claims. */
export function judgeSafety(
  rounds: readonly { claims: Claims; findings: Findings; coordinatorLost: boolean }[],
): SafetyResult {
  const sum = (pick: (findings: Findings) => number): number =>
    rounds.reduce((total, { findings }) => total + pick(findings), 0);
  const counts = {
    overlaps: sum((one) => one.overlaps),
    lostUpdates: sum((one) => one.lostUpdates),
    staleReads: sum((one) => one.staleReads),
    underLocked: sum((one) => one.underLocked),
    overlapsExpectedUnguarded: sum((one) => one.overlapsExpectedUnguarded),
  };
  const examples = rounds.flatMap(({ findings }) => findings.examples);
  const kinds = [...new Set(examples.map(({ kind }) => kind))];
  const onePerKind = kinds.flatMap((kind) => examples.filter((example) => example.kind === kind).slice(0, 2));
  const claims = rounds[0]?.claims ?? { exclusion: false, noLostUpdates: false, maxStalenessMs: null };
  return { ...verdictOn(claims, counts), ...counts, examples: onePerKind.slice(0, examplesKept) };
}

type Counts = Pick<SafetyResult, 'overlaps' | 'lostUpdates' | 'staleReads' | 'overlapsExpectedUnguarded'>;

function verdictOn(claims: Claims, counts: Counts): Pick<SafetyResult, 'verdict' | 'reason'> {
  const { overlaps, lostUpdates, staleReads, overlapsExpectedUnguarded: expected } = counts;
  if (!claims.exclusion && !claims.noLostUpdates && claims.maxStalenessMs === null) {
    return { verdict: 'unchecked', reason: 'it claims nothing' };
  }
  const broken = [
    ...(claims.exclusion && overlaps > 0
      ? [`${overlaps} sections overlapped although it claims mutual exclusion`]
      : []),
    ...(claims.noLostUpdates && lostUpdates > 0 ? [`${lostUpdates} updates were lost`] : []),
    ...(claims.maxStalenessMs !== null && staleReads > 0
      ? [`${staleReads} reads were staler than the ${claims.maxStalenessMs} ms it claims`]
      : []),
  ];
  if (broken.length > 0) return { verdict: 'unsafe', reason: broken.join('; ') };
  if (expected < overlapsToTell) {
    return {
      verdict: 'unchecked',
      reason: `only ${expected} sections would have overlapped had nothing guarded them: too little concurrency to tell`,
    };
  }
  return { verdict: 'safe', reason: `its claims held while ${expected} sections would have overlapped unguarded` };
}
