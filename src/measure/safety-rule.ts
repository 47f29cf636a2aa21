import { type Claims, claimsState } from './claims.js';
import type { AnswerCounts, CycleDifference, SafetyResult } from './result.js';

/** Below this many sections that would have overlapped unguarded, a run could hardly have shown a broken lock. */
export const overlapsToTell = 10;

type Counts = Pick<
  SafetyResult,
  | 'overlaps'
  | 'lostUpdates'
  | 'staleReads'
  | 'overlapsExpectedUnguarded'
  | 'unseen'
  | 'answers'
  | 'cycles'
  | 'differing'
>;
type Verdict = Pick<SafetyResult, 'verdict' | 'reason'>;

/**
 * Holds what was found against what a strategy claims, of its locks and shared state and of its answers: the worse of the two decides.
 */
export function safetyVerdict(claims: Claims, counts: Counts): Verdict {
  const verdicts = [
    ...(claimsState(claims) ? [verdictOnState(claims, counts)] : []),
    ...(claims.rightAnswers === true ? [verdictOnAnswers(counts)] : []),
    ...(counts.differing === undefined
      ? []
      : [{ verdict: 'unsafe' as const, reason: differenceText(counts.differing) }]),
  ];
  const worst = (['unsafe', 'unchecked', 'safe'] as const).find((verdict) =>
    verdicts.some((one) => one.verdict === verdict),
  );
  if (worst === undefined) return { verdict: 'unchecked', reason: 'it claims nothing' };
  const reasons = verdicts.filter(({ verdict }) => verdict === worst).map(({ reason }) => reason);
  return { verdict: worst, reason: reasons.join('; ') };
}

/** Whatever a strategy claims: its cycles are to come to what they come to by the trace, and on any other. */
export function differenceText({ cycles, example }: CycleDifference): string {
  return `${cycles === 1 ? 'a cycle' : `${cycles} cycles`} came to something else: ${example}`;
}

const noAnswers: AnswerCounts = { checked: 0, telling: 0, wrong: 0 };

function verdictOnAnswers({ answers, cycles }: Counts): Verdict {
  const { checked, telling, wrong, unresolved = 0 } = answers ?? noAnswers;
  const cause = unresolved === 0 ? '' : `; ${unresolvedText(unresolved)}`;
  if (wrong > 0) return { verdict: 'unsafe', reason: `${wrong} of ${checked} answers were wrong${cause}` };
  if (telling === 0) {
    return {
      verdict: 'unchecked',
      reason: `none of ${checked} answers had to be worked out: nothing that could have been wrong`,
    };
  }
  const reason = `all ${checked} answers were right, ${telling} of them worked out${cyclesText(cycles)}`;
  return { verdict: 'safe', reason };
}

/** How far the numbers of cycles were checked, to go on with; nothing where there were none. */
function cyclesText(cycles: SafetyResult['cycles']): string {
  if (cycles === undefined) return '';
  const { checked, different } = cycles;
  const of = checked === different ? `${different}` : `${checked} of ${different}`;
  return `; every number of ${of} different ${different === 1 ? 'cycle' : 'cycles'} was held against the trace`;
}

/** Replayed with another secret than its challenge ids were made with, a trace accuses a strategy of what it cannot help. */
function unresolvedText(unresolved: number): string {
  return `to ${unresolved} of them no sequence number was found: are secret-file=, tiers= and allotment= those of the trace?`;
}

/**
 * `safe` takes a run that could have shown otherwise, and evidence of all that happened: where shards of a run use the same locks or
 * entries, each oracle saw its own side only.
 */
function verdictOnState(claims: Claims, counts: Counts): Verdict {
  const { overlapsExpectedUnguarded: expected, unseen = 0 } = counts;
  const broken = brokenClaims(claims, counts);
  if (broken.length > 0) return { verdict: 'unsafe', reason: broken.join('; ') };
  if (unseen > 0) {
    return {
      verdict: 'unchecked',
      reason:
        'its claims held within each shard, but shards use the same locks or entries: what happened between shards no oracle saw',
    };
  }
  if (expected < overlapsToTell) {
    return {
      verdict: 'unchecked',
      reason: `only ${expected} sections would have overlapped had nothing guarded them: too little concurrency to tell`,
    };
  }
  return { verdict: 'safe', reason: `its claims held while ${expected} sections would have overlapped unguarded` };
}

function brokenClaims(claims: Claims, { overlaps, lostUpdates, staleReads }: Counts): string[] {
  return [
    ...(claims.exclusion && overlaps > 0
      ? [`${overlaps} sections overlapped although it claims mutual exclusion`]
      : []),
    ...(claims.noLostUpdates && lostUpdates > 0 ? [`${lostUpdates} updates were lost`] : []),
    ...(claims.maxStalenessMs !== null && staleReads > 0
      ? [`${staleReads} reads were staler than the ${claims.maxStalenessMs} ms it claims`]
      : []),
  ];
}
