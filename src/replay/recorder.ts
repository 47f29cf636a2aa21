import { Histogram } from '../measure/histogram.js';
import { LogBuckets } from '../measure/log-buckets.js';
import { phases } from '../measure/result.js';
import type { OperationRun } from './operation-run.js';
import { type SentHistogram, sent } from './sent-histogram.js';
import { CallCounter } from './stopwatch.js';

/** What a worker measured of one kind of operation, as plain data; sums in nanoseconds. */
export interface KindOutcome {
  count: number;
  errors: number;
  timeouts: number;
  unfinished: number;
  response: SentHistogram;
  responseSucceeded: SentHistogram;
  service: SentHistogram;
  lag: SentHistogram;
  hold: SentHistogram;
  lockWait: SentHistogram;
  /** Same order as `phases`; operations that spent nothing in a phase are left out of its histogram. */
  phases: SentHistogram[];
  phaseSumsNs: number[];
  serviceSumNs: number;
  /** The shortest time an unfinished operation had been under way: no percentile above it is exact. */
  shortestUnfinishedNs: { response: number; service: number } | undefined;
  errorMessages: [message: string, count: number][];
  calls: CallTotals;
}

/** What the operations of a kind sent and received, as plain data. */
export type CallTotals = { [name in keyof CallCounter]: number };

export type Ending = 'succeeded' | 'failed' | 'timed-out' | 'unfinished';

const errorMessagesAtMost = 20;

/** Samples of one kind of operation in one worker. */
export class KindRecorder {
  /** Since the last flush of the series. */
  recent = new LogBuckets();
  /** What its operations count their calls on. */
  readonly calls = new CallCounter();
  readonly #response = new Histogram();
  readonly #responseSucceeded = new Histogram();
  readonly #service = new Histogram();
  readonly #lag = new Histogram();
  readonly #hold = new Histogram();
  readonly #lockWait = new Histogram();
  readonly #phases = phases.map(() => new Histogram());
  readonly #phaseSumsNs = phases.map(() => 0);
  readonly #counts: Record<Ending, number> = { succeeded: 0, failed: 0, 'timed-out': 0, unfinished: 0 };
  readonly #errors = new Map<string, number>();
  #serviceSumNs = 0;
  #shortest: KindOutcome['shortestUnfinishedNs'];

  /** Nothing slow disappears: whatever the ending, the time it took is recorded. All times in nanoseconds of one clock. */
  record(run: OperationRun, ending: Ending, dueNs: number, startNs: number, endNs: number): void {
    const [responseNs, serviceNs] = [endNs - dueNs, endNs - startNs];
    this.#counts[ending] += 1;
    this.#response.record(responseNs);
    if (ending === 'succeeded') this.#responseSucceeded.record(responseNs);
    this.#service.record(serviceNs);
    this.#serviceSumNs += serviceNs;
    this.#lag.record(startNs - dueNs);
    if (ending === 'unfinished') this.#sawUnfinished(responseNs, serviceNs);
    else this.recent.record(responseNs);
    for (const waitNs of run.lockWaitsNs) this.#lockWait.record(waitNs);
    for (const holdNs of run.holdsNs) this.#hold.record(holdNs);
    for (const [index, histogram] of this.#phases.entries()) {
      const spentNs = run.stopwatch.spentNs[index] ?? 0;
      if (spentNs <= 0) continue;
      histogram.record(spentNs);
      this.#phaseSumsNs[index] = (this.#phaseSumsNs[index] ?? 0) + spentNs;
    }
  }

  /** An operation that was due but never sent before the end. */
  recordUnsent(waitedNs: number): void {
    this.#counts.unfinished += 1;
    this.#response.record(waitedNs);
    this.#lag.record(waitedNs);
    this.#sawUnfinished(waitedNs, 0);
  }

  /** The series since the last call, and starts it anew. */
  takeRecent(): number[] {
    const data = this.recent.toJSON();
    this.recent = new LogBuckets();
    return data;
  }

  sawError(message: string): void {
    if (this.#errors.size >= errorMessagesAtMost && !this.#errors.has(message)) return;
    this.#errors.set(message, (this.#errors.get(message) ?? 0) + 1);
  }

  outcome(): KindOutcome {
    const { succeeded, failed, unfinished, 'timed-out': timeouts } = this.#counts;
    return {
      count: succeeded + failed + timeouts + unfinished,
      errors: failed,
      timeouts,
      unfinished,
      response: sent(this.#response),
      responseSucceeded: sent(this.#responseSucceeded),
      service: sent(this.#service),
      lag: sent(this.#lag),
      hold: sent(this.#hold),
      lockWait: sent(this.#lockWait),
      phases: this.#phases.map(sent),
      phaseSumsNs: this.#phaseSumsNs,
      serviceSumNs: this.#serviceSumNs,
      shortestUnfinishedNs: this.#shortest,
      errorMessages: [...this.#errors],
      calls: { ...this.calls },
    };
  }

  #sawUnfinished(responseNs: number, serviceNs: number): void {
    this.#shortest = {
      response: Math.min(responseNs, this.#shortest?.response ?? Number.POSITIVE_INFINITY),
      service: Math.min(serviceNs, this.#shortest?.service ?? Number.POSITIVE_INFINITY),
    };
  }
}
