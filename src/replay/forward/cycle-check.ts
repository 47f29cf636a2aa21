import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import type { Answer, Miner } from '../../strategies/strategy.js';

export type Verdict = 'valid' | 'invalid' | 'timedOut';

/** An answer held against the trace. */
export interface JudgedAnswer {
  right: boolean;
  /** What was wrong with it, in words; empty where nothing was. */
  example: string;
}

/** What a cycle's answers came to. */
export interface CycleTally {
  /** Without those beyond what the trace says: a failing miner that has no number to spoil answers with a row of its own. */
  rows: number;
  valid: number;
  invalid: number;
  timedOut: number;
  /** Sum of all numbers of valid answers: exact, whatever the order, for the numbers that miners answer with. */
  sum: number;
  /** What each miner's answer came to, in their order, as one text: the same for the same answers at the same places. */
  fingerprint: string;
  /** By miner; wrong ones are not what the trace says, were handed over twice or never, or lie at another's index. */
  answers: ReadonlyMap<number, JudgedAnswer>;
  /** Why the cycle cannot count as one that came to an end, in words: what was handed over is no answer at all. */
  unreadable: string | undefined;
}

/** The main process' work on a cycle, and whether the strategy let it do all of it: each answer once, and kept in order. */
export class CycleCheck {
  readonly #miners: readonly Miner[];
  readonly #timeoutMs: number;
  readonly #seen: (Answer | undefined)[];
  /** By miner, what its answer came to. */
  readonly #prints: string[] = [];
  readonly #counts = { rows: 0, valid: 0, invalid: 0, timedOut: 0, sum: 0 };
  readonly #faults = new Map<number, string>();
  #unreadable: string | undefined;

  constructor(miners: readonly Miner[], timeoutMs: number) {
    this.#miners = miners;
    this.#timeoutMs = timeoutMs;
    this.#seen = miners.map(() => undefined);
  }

  /** Reads every number of an answer. */
  validate(index: number, answer: Answer): void {
    const miner = this.#miners[index];
    if (miner === undefined) this.#wrong(index, `there is an answer for miner ${index}, which was not asked`);
    else if (this.#seen[index] !== undefined) this.#wrong(index, `miner ${index} was validated twice`);
    else this.#count(miner, index, answer);
  }

  /** @param handedBack by the strategy in the end: its answers, if it keeps to the contract */
  finish(handedBack: unknown): CycleTally {
    if (!Array.isArray(handedBack))
      this.#unreadable ??= `no list of answers came back, but ${inspect(handedBack, { depth: 0 }).slice(0, 60)}`;
    const answers: readonly unknown[] = Array.isArray(handedBack) ? handedBack : [];
    for (const [index, seen] of this.#seen.entries()) {
      if (seen === undefined) this.#wrong(index, `miner ${index} was never validated`);
      else if (answers[index] !== seen)
        this.#wrong(index, `the answer of miner ${index} is not at its index in the end`);
    }
    if (answers.length > this.#miners.length)
      this.#wrong(this.#miners.length, `${answers.length} answers came back of ${this.#miners.length} miners`);
    const judged = new Map<number, JudgedAnswer>();
    for (const index of new Set([...this.#miners.keys(), ...this.#faults.keys()])) {
      const example = this.#faults.get(index);
      judged.set(index, { right: example === undefined, example: example ?? '' });
    }
    const fingerprint = createHash('sha256').update(this.#prints.join()).digest('hex').slice(0, 16);
    return { ...this.#counts, fingerprint, answers: judged, unreadable: this.#unreadable };
  }

  #count(miner: Miner, index: number, answer: Answer): void {
    this.#seen[index] = answer;
    const read = readAnswer(miner, answer);
    if (read === undefined) {
      const fault = `the answer of miner ${index} cannot be read: it is no [{ miner, rows }, milliseconds]`;
      this.#unreadable ??= fault;
      this.#wrong(index, fault);
      return;
    }
    const { from, rows, verdict, sum, placed } = read;
    this.#prints[index] = `${verdict}:${rows}:${placed}`;
    this.#counts[verdict] += 1;
    this.#counts.rows += Math.min(rows ?? 0, miner.rows);
    if (verdict === 'valid') this.#counts.sum += sum;
    const expected = expectedOf(miner, this.#timeoutMs);
    if (from !== undefined && from !== index)
      this.#wrong(index, `the answer of miner ${from} was handed over as that of miner ${index}`);
    else if (verdict !== expected)
      this.#wrong(index, `miner ${index} came out ${told[verdict]}, expected ${told[expected]}`);
  }

  /** The first fault of a miner is the one that is told. */
  #wrong(index: number, fault: string): void {
    if (!this.#faults.has(index)) this.#faults.set(index, fault);
  }
}

const told: Record<Verdict, string> = { valid: 'valid', invalid: 'invalid', timedOut: 'timed out' };

/** What the trace says that comes of a miner. */
export function expectedOf({ delayMs, fails }: Miner, timeoutMs: number): Verdict {
  // As workers see it: a delay that is no number is never over.
  if (!(delayMs < timeoutMs)) return 'timedOut';
  return fails ? 'invalid' : 'valid';
}

/** An answer as far as it was there. */
interface ReadAnswer extends Judgement {
  from: number | undefined;
  rows: number | undefined;
}

/** Undefined where there is no answer to read: a strategy from elsewhere may hand over anything. */
function readAnswer(miner: Miner, answer: Answer): ReadAnswer | undefined {
  try {
    const [response] = answer;
    if (response === undefined) return { ...judge(miner, undefined), from: undefined, rows: undefined };
    return { ...judge(miner, response.rows), from: response.miner, rows: response.rows.length };
  } catch {
    return undefined;
  }
}

interface Judgement {
  verdict: Verdict;
  /** Of all numbers. */
  sum: number;
  /** The same, each row's weighted by its place: rows that have changed places show. */
  placed: number;
}

function judge(miner: Miner, rows: readonly (readonly number[] | Float64Array)[] | undefined): Judgement {
  if (rows === undefined) return { verdict: 'timedOut', sum: 0, placed: 0 };
  let [sum, placed] = [0, 0];
  let sound = rows.length === miner.rows;
  for (const [place, row] of rows.entries()) {
    if (row.length !== miner.floats) sound = false;
    let ofRow = 0;
    for (let at = 0; at < row.length; at++) {
      const value = row[at];
      if (typeof value !== 'number' || !Number.isFinite(value)) sound = false;
      else ofRow += value;
    }
    sum += ofRow;
    placed += ofRow * (place + 1);
  }
  return { verdict: sound ? 'valid' : 'invalid', sum, placed };
}
