import { createHash } from 'node:crypto';
import type { Miner, Row } from '../../strategies/strategy.js';

export type Verdict = 'valid' | 'invalid' | 'timedOut';

/** What came of one miner. */
export interface Judgement {
  verdict: Verdict;
  /** Rows that it answered with, whatever is in them. */
  rows: number;
  /** Of all numbers: exact, whatever the order, for those that miners answer with. */
  sum: number;
  /** The same, each number weighted by its place in its row and each row by its own: what has changed places shows. */
  placed: number;
}

/** Reads every number of an answer. */
export function judge(miner: Miner, rows: Iterable<Row> | undefined): Judgement {
  if (rows === undefined) return { verdict: 'timedOut', rows: 0, sum: 0, placed: 0 };
  let [count, sum, placed] = [0, 0, 0];
  let sound = true;
  for (const row of rows) {
    if (row.length !== miner.floats) sound = false;
    let [ofRow, inRow] = [0, 0];
    for (let at = 0; at < row.length; at++) {
      const value = row[at];
      if (typeof value !== 'number' || !Number.isFinite(value)) sound = false;
      else {
        ofRow += value;
        // A sum of sums weighs by place, for the price of an addition.
        inRow += ofRow;
      }
    }
    count += 1;
    sum += ofRow;
    placed += inRow * count;
  }
  return { verdict: sound && count === miner.rows ? 'valid' : 'invalid', rows: count, sum, placed };
}

/** What the trace says that comes of a miner. */
export function expectedOf({ delayMs, fails }: Miner, timeoutMs: number): Verdict {
  // As workers see it: a delay that is no number is never over.
  if (!(delayMs < timeoutMs)) return 'timedOut';
  return fails ? 'invalid' : 'valid';
}

/** What a cycle came to: the same on every strategy, whatever its order and speed. */
export interface CycleDigest {
  /** Without those beyond what the trace says: a failing miner that has no number to spoil answers with a row of its own. */
  rows: number;
  valid: number;
  invalid: number;
  timedOut: number;
  /** Sum of all numbers of valid answers. */
  sum: number;
  /** What each miner's answer came to, in their order, as one text: the same for the same answers at the same places. */
  fingerprint: string;
}

export class DigestCounts {
  readonly #counts = { rows: 0, valid: 0, invalid: 0, timedOut: 0, sum: 0 };

  add(miner: Miner, { verdict, rows, sum }: Judgement): void {
    this.#counts[verdict] += 1;
    this.#counts.rows += Math.min(rows, miner.rows);
    if (verdict === 'valid') this.#counts.sum += sum;
  }

  /** @param marks of the answers, in the order of the miners */
  digest(marks: readonly string[]): CycleDigest {
    return { ...this.#counts, fingerprint: marks.join('') };
  }
}

const markLength = 8;

/** What one answer came to, in few letters. */
export function markOf({ verdict, rows, placed }: Judgement): string {
  return createHash('sha256').update(`${verdict}:${rows}:${placed}`).digest('hex').slice(0, markLength);
}

/** What each part of a digest is called; where these are alike, answers have changed numbers or places. */
const compared = {
  rows: 'rows',
  valid: 'valid answers',
  invalid: 'invalid answers',
  timedOut: 'miners timed out',
  sum: 'as the sum of all numbers',
};

/** How one digest differs from another, in words that go on with where the other one comes from. */
export function differenceOf(own: CycleDigest, other: CycleDigest): string {
  const names = Object.keys(compared) as (keyof typeof compared)[];
  const told = names.flatMap((name) =>
    own[name] === other[name] ? [] : [`${own[name]} ${compared[name]} in place of ${other[name]}`],
  );
  return told.length > 0 ? told.join(', ') : 'the same sum, but other numbers at some places than';
}

/** The first miner whose answer differs. */
export function firstDiffering({ fingerprint: own }: CycleDigest, { fingerprint: other }: CycleDigest): number {
  for (let at = 0; at < Math.max(own.length, other.length); at += markLength)
    if (own.slice(at, at + markLength) !== other.slice(at, at + markLength)) return at / markLength;
  return -1;
}
