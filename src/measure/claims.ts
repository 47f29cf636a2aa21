import type { Claims } from './result.js';

/** Whether anything is promised about locks and shared state. */
export function claimsState({ exclusion, noLostUpdates, maxStalenessMs }: Claims): boolean {
  return exclusion || noLostUpdates || maxStalenessMs !== null;
}

/** Whether anything is promised at all. */
export function claimsAnything(claims: Claims): boolean {
  return claimsState(claims) || claims.rightAnswers === true;
}
