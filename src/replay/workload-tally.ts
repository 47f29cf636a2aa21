import { Histogram } from '../measure/histogram.js';
import type { AnswerCounts } from '../measure/result.js';
import { addAnswers } from '../measure/safety-result.js';
import { type SentHistogram, sent } from './sent-histogram.js';

/** An answer that was held against what the trace says. */
export interface CheckedAnswer {
  right: boolean;
  /** Whether a mistake would have shown: a sequence number that had to be worked out, a cycle that gave rows. */
  telling: boolean;
  /** Whether it found nothing where there is something to find. */
  unresolved?: boolean;
}

/** What a wrong answer looked like, for the report; times since the origin of the round. */
export interface WrongAnswer {
  key: string;
  text: string;
  fromNs: number;
  toNs: number;
}

/** The same as it is sent: milliseconds since the start of the measured part. */
export interface SentExample {
  key: string;
  text: string;
  fromMs: number;
  toMs: number;
}

/** What a worker measured of one workload beside the latency of its operations, as plain data. */
export interface WorkloadOutcome {
  figures: Record<string, SentHistogram>;
  counts: Record<string, number>;
  answers: AnswerCounts;
  examples: SentExample[];
  cameTo: CameTo;
}

/** By what is the same on every strategy. */
export type CameTo = Record<string, Results>;

export interface Results {
  /** All that it came to on this one, which should be one thing. */
  results: string[];
  /** What was asked, where there was room to keep it. */
  asked?: string;
}

/** Figures are kept in millionths, so that milliseconds come out as nanoseconds. */
export const figureScale = 1e6;

const examplesKept = 2;
/** Of one thing; one more than one is a fault already. */
const resultsKept = 2;
/** Of different things, which a trace seldom has many of; what comes after is not compared. */
const comparedAtMost = 10_000;
/** Of which it is kept what was asked. */
const askedAtMost = 1_000;

/** Figures and counts of one workload in one worker; one part of a round at a time. */
export class WorkloadTally {
  readonly #figures = new Map<string, Histogram>();
  readonly #counts = new Map<string, number>();
  readonly #answers = { checked: 0, telling: 0, wrong: 0, unresolved: 0 };
  readonly #examples: WrongAnswer[] = [];
  readonly #cameTo = new Map<string, Results>();

  figure(name: string, value: number): void {
    const histogram = this.#figures.get(name) ?? new Histogram();
    this.#figures.set(name, histogram);
    histogram.record(value * figureScale);
  }

  count(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  cameTo(what: string, result: string, asked: string): void {
    const known = this.#cameTo.get(what)?.results;
    if (known !== undefined && known.length < resultsKept && !known.includes(result)) known.push(result);
    if (known !== undefined || this.#cameTo.size >= comparedAtMost) return;
    this.#cameTo.set(what, { results: [result], ...(this.#cameTo.size < askedAtMost ? { asked } : {}) });
  }

  /** @param example told only for an answer that was wrong */
  answered({ right, telling, unresolved = false }: CheckedAnswer, example: () => WrongAnswer): void {
    this.#answers.checked += 1;
    if (telling) this.#answers.telling += 1;
    if (unresolved) this.#answers.unresolved += 1;
    if (right) return;
    this.#answers.wrong += 1;
    if (this.#examples.length < examplesKept) this.#examples.push(example());
  }

  outcome(partStartNs: number): WorkloadOutcome {
    const sinceMs = (ns: number): number => Math.max((ns - partStartNs) / 1e6, 0);
    const figures = [...this.#figures].map(([name, histogram]): [string, SentHistogram] => {
      return [name, sent(histogram)];
    });
    return {
      figures: Object.fromEntries(figures),
      counts: Object.fromEntries(this.#counts),
      answers: addAnswers([this.#answers]),
      cameTo: Object.fromEntries(this.#cameTo),
      examples: this.#examples.map(({ key, text, fromNs, toNs }) => {
        return { key, text, fromMs: sinceMs(fromNs), toMs: sinceMs(toNs) };
      }),
    };
  }
}

/** The tallies of all workloads of one worker, by name. */
export class WorkloadTallies {
  readonly #byName = new Map<string, WorkloadTally>();

  of(workload: string): WorkloadTally {
    const known = this.#byName.get(workload);
    if (known !== undefined) return known;
    const tally = new WorkloadTally();
    this.#byName.set(workload, tally);
    return tally;
  }

  /** @param partStartNs what times of examples count from */
  outcome(partStartNs: number): Record<string, WorkloadOutcome> {
    return Object.fromEntries([...this.#byName].map(([name, tally]) => [name, tally.outcome(partStartNs)]));
  }
}
