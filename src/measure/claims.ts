/** What strategies promise, as their users believe. */
export interface Claims {
  exclusion: boolean;
  noLostUpdates: boolean;
  /** How old a read may be; `null` where nothing is promised. */
  maxStalenessMs: number | null;
  /** Whether answers are right: sequence numbers of submits, what comes of a cycle. Where it is left out, whoever gives answers promises it. */
  rightAnswers?: boolean;
  /** Exclusion holds but for two processes that meet on a fresh key: that is known of it, whatever a run shows. */
  race?: boolean;
}

/** Whether anything is promised about locks and shared state. */
export function claimsState({ exclusion, noLostUpdates, maxStalenessMs }: Claims): boolean {
  return exclusion || noLostUpdates || maxStalenessMs !== null;
}

/** Whether anything is promised at all. */
export function claimsAnything(claims: Claims): boolean {
  return claimsState(claims) || claims.rightAnswers === true;
}
