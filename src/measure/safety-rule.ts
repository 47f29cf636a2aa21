import type { Claims, SafetyResult } from './result.js';

/** Below this many sections that would have overlapped unguarded, a run could hardly have shown a broken lock. */
export const overlapsToTell = 10;

type Counts = Pick<SafetyResult, 'overlaps' | 'lostUpdates' | 'staleReads' | 'overlapsExpectedUnguarded' | 'unseen'>;

/**
 * Holds what was found against what a strategy claims. `safe` takes a run that could have shown otherwise, and evidence of all that
 * happened: where shards of a run use the same locks or entries, each oracle saw its own side only.
 */
export function safetyVerdict(claims: Claims, counts: Counts): Pick<SafetyResult, 'verdict' | 'reason'> {
  const { overlapsExpectedUnguarded: expected, unseen = 0 } = counts;
  if (!claims.exclusion && !claims.noLostUpdates && claims.maxStalenessMs === null) {
    return { verdict: 'unchecked', reason: 'it claims nothing' };
  }
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
