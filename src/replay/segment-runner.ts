import { type Clock, longestTimerMs } from '../measure/clock.js';
import type { Fleet, WorkerProcess } from './fleet.js';
import type { FromWorker, SegmentStart, WorkerOutcome, WorkerProgress } from './messages.js';
import type { RoundSettings } from './round-settings.js';

/** How a round is coming along. */
export interface RoundProgress {
  elapsedMs: number;
  spanMs: number;
  sent: number;
  finished: number;
  inFlight: number;
}

export interface SegmentListeners {
  onProgress: (progress: RoundProgress) => void;
  onWorkerLost: (worker: WorkerProcess, error: unknown) => void;
}

/** Between the last worker's readiness and the first due time: long enough for every worker to hear of it. */
export const leadMs = 150;
/** What workers may take beyond the drain deadline to hand over what they measured. */
const handOverMs = 20_000;
const reportEveryMs = 250;
/** Closed loops and chains take as long as they take; workers stop by themselves when nothing ends for a drain's length. */
const endlessMs = longestTimerMs;

/** Has the workers of a round replay one part of the trace. */
export class SegmentRunner {
  readonly #fleet: Fleet;
  readonly #settings: RoundSettings;
  readonly #clock: Clock;
  readonly #listeners: SegmentListeners;

  constructor(fleet: Fleet, settings: RoundSettings, clock: Clock, listeners: SegmentListeners) {
    this.#fleet = fleet;
    this.#settings = settings;
    this.#clock = clock;
    this.#listeners = listeners;
  }

  /**
   * @param fromMs,toMs part of the trace, in its own time
   * @param startNs when it starts, by the round's clock
   * @returns what each worker measured; undefined of one that was lost
   */
  async run(
    fromMs: number,
    toMs: number,
    startNs = this.#clock.nowNs() + leadMs * 1e6,
  ): Promise<(WorkerOutcome | undefined)[]> {
    const { plan, drainMs, speed, closedConcurrency, chainsCut } = this.#settings;
    const spanMs = (toMs - fromMs) / speed;
    const chainsGoOn = toMs === plan.spanMs && !chainsCut;
    const segment: SegmentStart = { kind: 'segment', startNs, fromMs, toMs, drainMs, chainsGoOn };
    const endless = closedConcurrency !== undefined || (plan.chained && chainsGoOn);
    const withinMs = endless ? endlessMs : leadMs + spanMs + drainMs + handOverMs;
    const timer = setInterval(() => this.#report(startNs, spanMs), reportEveryMs);
    if (closedConcurrency !== undefined) void this.#windDownWhenOver();
    const outcomes = await Promise.all(this.#fleet.workers.map((worker) => this.#runWorker(worker, segment, withinMs)));
    clearInterval(timer);
    return outcomes;
  }

  async #runWorker(worker: WorkerProcess, segment: SegmentStart, withinMs: number): Promise<WorkerOutcome | undefined> {
    const pick = (message: FromWorker): WorkerOutcome | undefined => (message.kind === 'outcome' ? message : undefined);
    const outcome = worker.child.expect(pick, 'hand over what it measured', withinMs);
    worker.child.send(segment);
    if (this.#settings.signal.aborted) worker.child.send({ kind: 'stop' });
    try {
      return await outcome;
    } catch (error) {
      this.#listeners.onWorkerLost(worker, error);
      return undefined;
    }
  }

  /** In a closed loop, recorded loops go on beside the others until these have done what they were given. */
  async #windDownWhenOver(): Promise<void> {
    const isOver = ({ kind }: FromWorker): true | undefined =>
      kind === 'lanes-over' || kind === 'outcome' ? true : undefined;
    const { workers } = this.#fleet;
    await Promise.allSettled(workers.map(({ child }) => child.expect(isOver, 'do what it was given', endlessMs)));
    for (const { child } of workers) child.send({ kind: 'wind-down' });
  }

  #report(startNs: number, spanMs: number): void {
    const sum = (pick: (progress: WorkerProgress) => number): number =>
      this.#fleet.workers.reduce(
        (total, { lastProgress }) => total + (lastProgress === undefined ? 0 : pick(lastProgress)),
        0,
      );
    this.#listeners.onProgress({
      elapsedMs: Math.max((this.#clock.nowNs() - startNs) / 1e6, 0),
      spanMs,
      sent: sum(({ sent }) => sent),
      finished: sum(({ finished }) => finished),
      inFlight: sum(({ inFlight }) => inFlight),
    });
  }
}
