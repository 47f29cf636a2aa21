import type { Answer, Miner } from '../../strategies/strategy.js';

export type Verdict = 'valid' | 'invalid' | 'timedOut';

/** What a cycle's answers came to. */
export interface CycleTally {
  rows: number;
  valid: number;
  invalid: number;
  timedOut: number;
  /** Sum of all numbers of valid answers: exact, whatever the order, for the numbers that miners answer with. */
  sum: number;
  /** Answers that are not what the trace says this miner answers, were handed over twice or never, or lie at another's index. */
  wrong: number;
  /** The first wrong one, in words. */
  example: string | undefined;
}

/** The main process' work on a cycle, and whether the strategy let it do all of it: each answer once, and kept in order. */
export class CycleCheck {
  readonly #miners: readonly Miner[];
  readonly #timeoutMs: number;
  readonly #seen: (Answer | undefined)[];
  readonly #tally: CycleTally = { rows: 0, valid: 0, invalid: 0, timedOut: 0, sum: 0, wrong: 0, example: undefined };

  constructor(miners: readonly Miner[], timeoutMs: number) {
    this.#miners = miners;
    this.#timeoutMs = timeoutMs;
    this.#seen = miners.map(() => undefined);
  }

  /** Reads every number of an answer. */
  validate(index: number, answer: Answer): void {
    const miner = this.#miners[index];
    if (miner === undefined) this.#wrong(`an answer for a miner ${index} that was not asked`);
    else if (this.#seen[index] !== undefined) this.#wrong(`miner ${index} was validated twice`);
    else this.#count(miner, index, answer);
  }

  #count(miner: Miner, index: number, answer: Answer): void {
    this.#seen[index] = answer;
    const [response] = answer;
    const { verdict, sum } = judge(miner, response?.rows);
    this.#tally[verdict] += 1;
    this.#tally.rows += response?.rows.length ?? 0;
    if (verdict === 'valid') this.#tally.sum += sum;
    const expected = expectedOf(miner, this.#timeoutMs);
    if (response !== undefined && response.miner !== index)
      this.#wrong(`the answer of miner ${response.miner} was handed over as that of miner ${index}`);
    else if (verdict !== expected) this.#wrong(`miner ${index} came out ${told[verdict]}, expected ${told[expected]}`);
  }

  /** @param answers what the strategy handed back in the end */
  finish(answers: readonly Answer[]): CycleTally {
    for (const [index, seen] of this.#seen.entries()) {
      if (seen === undefined) this.#wrong(`miner ${index} was never validated`);
      else if (answers[index] !== seen) this.#wrong(`the answer of miner ${index} is not at its index in the end`);
    }
    return this.#tally;
  }

  #wrong(example: string): void {
    this.#tally.wrong += 1;
    this.#tally.example ??= example;
  }
}

const told: Record<Verdict, string> = { valid: 'valid', invalid: 'invalid', timedOut: 'timed out' };

/** What the trace says that comes of a miner. */
export function expectedOf({ delayMs, fails }: Miner, timeoutMs: number): Verdict {
  if (delayMs >= timeoutMs) return 'timedOut';
  return fails ? 'invalid' : 'valid';
}

function judge(
  miner: Miner,
  rows: readonly (readonly number[] | Float64Array)[] | undefined,
): { verdict: Verdict; sum: number } {
  if (rows === undefined) return { verdict: 'timedOut', sum: 0 };
  let sum = 0;
  let sound = rows.length === miner.rows;
  for (const row of rows) {
    if (row.length !== miner.floats) sound = false;
    for (let at = 0; at < row.length; at++) {
      const value = row[at];
      if (typeof value !== 'number' || !Number.isFinite(value)) sound = false;
      else sum += value;
    }
  }
  return { verdict: sound ? 'valid' : 'invalid', sum };
}
