import { claimsState } from '../measure/claims.js';
import type { AnswerCounts, Claims, SafetyExample, SafetyResult } from '../measure/result.js';
import type { Findings } from './oracle.js';

/** Below this many sections that would have overlapped unguarded, a run could hardly have shown a broken lock. */
export const overlapsToTell = 10;

const examplesKept = 8;

export interface CheckedAnswers extends AnswerCounts {
  examples: SafetyExample[];
}

/** Adds up what the oracle found in each round and holds it against what the strategy claims. */
export function judgeSafety(
  rounds: readonly { claims: Claims; findings: Findings; coordinatorLost: boolean }[],
  answers: CheckedAnswers = { checked: 0, telling: 0, wrong: 0, examples: [] },
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
  const examples = [...answers.examples, ...rounds.flatMap(({ findings }) => findings.examples)];
  const kinds = [...new Set(examples.map(({ kind }) => kind))];
  const onePerKind = kinds.flatMap((kind) => examples.filter((example) => example.kind === kind).slice(0, 2));
  const claims = rounds[0]?.claims ?? { exclusion: false, noLostUpdates: false, maxStalenessMs: null };
  const { checked, telling, wrong } = answers;
  return {
    ...verdictOn(claims, counts, answers),
    ...counts,
    ...(checked === 0 ? {} : { answers: { checked, telling, wrong } }),
    examples: onePerKind.slice(0, examplesKept),
  };
}

type Counts = Pick<SafetyResult, 'overlaps' | 'lostUpdates' | 'staleReads' | 'overlapsExpectedUnguarded'>;
type Verdict = Pick<SafetyResult, 'verdict' | 'reason'>;

function verdictOn(claims: Claims, counts: Counts, answers: AnswerCounts): Verdict {
  const verdicts = [
    ...(claimsState(claims) ? [verdictOnState(claims, counts)] : []),
    ...(claims.rightAnswers === true ? [verdictOnAnswers(answers)] : []),
  ];
  const worst = (['unsafe', 'unchecked', 'safe'] as const).find((verdict) =>
    verdicts.some((one) => one.verdict === verdict),
  );
  if (worst === undefined) return { verdict: 'unchecked', reason: 'it claims nothing' };
  const reasons = verdicts.filter(({ verdict }) => verdict === worst).map(({ reason }) => reason);
  return { verdict: worst, reason: reasons.join('; ') };
}

function verdictOnAnswers({ checked, telling, wrong }: AnswerCounts): Verdict {
  if (wrong > 0) return { verdict: 'unsafe', reason: `${wrong} of ${checked} answers were wrong` };
  if (telling === 0) {
    return {
      verdict: 'unchecked',
      reason: `none of ${checked} answers had to be worked out: nothing that could have been wrong`,
    };
  }
  return { verdict: 'safe', reason: `all ${checked} answers were right, ${telling} of them worked out` };
}

function verdictOnState(claims: Claims, counts: Counts): Verdict {
  const { overlaps, lostUpdates, staleReads, overlapsExpectedUnguarded: expected } = counts;
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
