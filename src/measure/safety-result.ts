/** What the oracle found, and what that makes of a strategy's claims. */

export interface SafetyExample {
  kind: 'overlap' | 'lostUpdate' | 'staleRead' | 'underLocked' | 'wrongAnswer';
  key: string;
  /** One sentence that a person can follow: key, the two processes, times. */
  text: string;
  /** The two sides, for drawing: times since the start of the run. */
  sides: { process: string; operation: string; fromMs: number; toMs: number }[];
}

export interface AnswerCounts {
  checked: number;
  /** Those that a mistake would have shown in: recovered sequence numbers, cycles that gave rows. */
  telling: number;
  wrong: number;
  /** Those of the wrong ones that found nothing where the trace has a number; left out where there are none. */
  unresolved?: number;
}

/** Adds up answers that were counted apart. */
export function addAnswers(parts: readonly AnswerCounts[]): AnswerCounts {
  const sumOf = (count: (part: AnswerCounts) => number): number => parts.reduce((sum, part) => sum + count(part), 0);
  const unresolved = sumOf((part) => part.unresolved ?? 0);
  return {
    checked: sumOf(({ checked }) => checked),
    telling: sumOf(({ telling }) => telling),
    wrong: sumOf(({ wrong }) => wrong),
    ...(unresolved > 0 ? { unresolved } : {}),
  };
}

export interface SafetyResult {
  verdict: 'safe' | 'unsafe' | 'unchecked';
  reason: string;
  overlaps: number;
  lostUpdates: number;
  staleReads: number;
  underLocked: number;
  /** How many sections would have overlapped another had nothing guarded them. */
  overlapsExpectedUnguarded: number;
  /** Answers that were held against the trace, those of them that took more than looking them up, and wrong ones. */
  answers?: AnswerCounts;
  /** How many different fan-out cycles there were, and of how many it was worked out what they come to by the trace, number by number. */
  cycles?: { different: number; checked: number };
  /** Fan-out cycles that came to something else than by the trace, than the same ones on another strategy of the run, or at another time. */
  differing?: CycleDifference;
  /** Of a shard: locks, entries and structures that other shards use as well, so that no oracle saw all that happened to them. */
  unseen?: number;
  examples: SafetyExample[];
}

export interface CycleDifference {
  /** How many different cycles. */
  cycles: number;
  /** What the first of them came to, in words. */
  example: string;
}
