import type { Meter } from '../meter.js';

/** What one miner of a cycle does, as the trace recorded it. */
export interface Miner {
  /** From being asked to answering. At or over the cycle's time-out it is cut there. */
  delayMs: number;
  /** Rows of its answer. */
  rows: number;
  /** Numbers in each row. */
  floats: number;
  /** Whether it answers with numbers that no validation can accept. */
  fails: boolean;
}

export type Row = readonly number[] | Float64Array;

/** What a miner answered. */
export interface MinerResponse {
  /** Its place among the cycle's miners. */
  readonly miner: number;
  readonly rows: readonly Row[];
}

/** What came of one miner: its response, or none where it was cut, and how long that took in milliseconds. */
export type Answer = readonly [response: MinerResponse | undefined, tookMs: number];

/** One cycle: all miners are asked at once, and what has not answered by the time-out counts as silent. */
export interface Cycle {
  timeoutMs: number;
  miners: readonly Miner[];
  /** What the miners' numbers are made from: the same seed gives the same rows. */
  seed: number;
  /** The main process' own work on one answer. To be called once for each miner, in the calling process, in whatever order. */
  validate(miner: number, answer: Answer): void;
}

/** Cycles of calls whose answers are gathered by other processes. */
export interface FanOut {
  /**
   * Asks all miners of a cycle and has every answer validated; resolves to the answers in the order of the miners.
   * @throws IpcbenchError `WORKER_LOST` when a part of the miners could not be gathered, `ABORTED`, `CLOSED`
   */
  forward(cycle: Cycle, options: { signal?: AbortSignal }, meter?: Meter): Promise<readonly Answer[]>;
}
