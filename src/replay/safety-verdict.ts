import type { Claims } from '../measure/claims.js';
import type { AnswerCounts, SafetyExample, SafetyResult } from '../measure/result.js';
import { addAnswers } from '../measure/safety-result.js';
import { safetyVerdict } from '../measure/safety-rule.js';
import type { Findings } from './oracle.js';

const examplesKept = 8;

export interface CheckedAnswers extends AnswerCounts {
  examples: SafetyExample[];
}

/**
 * Adds up what the oracle found in each round and holds it against what the strategy claims.
 * @param unseen how much other shards of the run use as well: what happens between shards no oracle sees
 * @param answers those that were held against the trace
 */
export function judgeSafety(
  rounds: readonly { claims: Claims; findings: Findings; coordinatorLost: boolean }[],
  unseen = 0,
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
  const all = {
    ...counts,
    ...(unseen > 0 ? { unseen } : {}),
    ...(answers.checked === 0 ? {} : { answers: addAnswers([answers]) }),
  };
  return { ...safetyVerdict(claims, all), ...all, examples: onePerKind.slice(0, examplesKept) };
}
