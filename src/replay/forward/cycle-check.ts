import { inspect } from 'node:util';
import type { Answer, Miner } from '../../strategies/strategy.js';
import {
  type CycleDigest,
  DigestCounts,
  expectedOf,
  type Judgement,
  judge,
  markOf,
  type Verdict,
} from './cycle-digest.js';

/** An answer held against the trace. */
export interface JudgedAnswer {
  right: boolean;
  /** What was wrong with it, in words; empty where nothing was. */
  example: string;
}

/** What a cycle's answers came to. */
export interface CycleTally {
  /** Counts are of what was validated, the fingerprint of what was handed back. */
  digest: CycleDigest;
  /** By miner; wrong ones are not what the trace says, were handed over twice or never, were changed, or lie at another's index. */
  answers: ReadonlyMap<number, JudgedAnswer>;
  /** Why the cycle cannot count as one that came to an end, in words: what was handed over is no answer at all. */
  unreadable: string | undefined;
}

/** The main process' work on a cycle, and whether the strategy let it do all of it: each answer once, and kept in order. */
export class CycleCheck {
  readonly #miners: readonly Miner[];
  readonly #timeoutMs: number;
  readonly #seen: (Answer | undefined)[];
  /** By miner, what its answer came to when it was validated. */
  readonly #marks: string[] = [];
  readonly #counts = new DigestCounts();
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

  /** @param handedBack by the strategy in the end, which is what counts: every number of it is read once more */
  finish(handedBack: unknown): CycleTally {
    if (!Array.isArray(handedBack))
      this.#unreadable ??= `no list of answers came back, but ${inspect(handedBack, { depth: 0 }).slice(0, 60)}`;
    const answers: readonly unknown[] = Array.isArray(handedBack) ? handedBack : [];
    const marks = this.#miners.map((miner, index) => markOf(readAnswer(miner, answers[index]) ?? unread));
    for (const [index, seen] of this.#seen.entries()) {
      if (seen === undefined) this.#wrong(index, `miner ${index} was never validated`);
      else if (answers[index] !== seen)
        this.#wrong(index, `the answer of miner ${index} is not at its index in the end`);
      else if (marks[index] !== this.#marks[index])
        this.#wrong(index, `the answer of miner ${index} was changed after it was validated`);
    }
    if (answers.length > this.#miners.length)
      this.#wrong(this.#miners.length, `${answers.length} answers came back of ${this.#miners.length} miners`);
    const judged = new Map<number, JudgedAnswer>();
    for (const index of new Set([...this.#miners.keys(), ...this.#faults.keys()])) {
      const example = this.#faults.get(index);
      judged.set(index, { right: example === undefined, example: example ?? '' });
    }
    return { digest: this.#counts.digest(marks), answers: judged, unreadable: this.#unreadable };
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
    const { from, verdict } = read;
    this.#marks[index] = markOf(read);
    this.#counts.add(miner, read);
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

/** An answer as far as it was there. */
interface ReadAnswer extends Judgement {
  from: number | undefined;
}

const unread: Judgement = { verdict: 'invalid', rows: 0, sum: 0, placed: 0 };

/** Undefined where there is no answer to read: a strategy from elsewhere may hand over anything. */
function readAnswer(miner: Miner, answer: unknown): ReadAnswer | undefined {
  try {
    const [response] = answer as Answer;
    if (response === undefined) return { ...judge(miner, undefined), from: undefined };
    // A miner that timed out has no response at all; one without rows is none.
    return Array.isArray(response.rows) ? { ...judge(miner, response.rows), from: response.miner } : undefined;
  } catch {
    return undefined;
  }
}
