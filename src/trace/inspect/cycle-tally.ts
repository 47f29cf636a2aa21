import type { ForwardStep } from '../operation.js';

/** What a trace's fan-out cycles ask for. */
export interface CycleInspection {
  count: number;
  /** Over all cycles. */
  miners: number;
  /** Of miners that are named one by one: those that reach the time-out, and those that answer with what nobody can accept. */
  named: number;
  cut: number;
  failing: number;
  /** Of the smallest cycle and of the largest. */
  fewestMiners: number;
  mostMiners: number;
  /** The longest time-out, and the shortest. */
  timeoutMs: number;
  shortestTimeoutMs: number;
  /** Numbers that the miners of the largest cycle answer with, at its own payload scale. */
  largestNumbers: number;
}

const defaultFloats = 289;

/** Counts what the cycles of a trace have in common. */
export class CycleTally {
  readonly #seen: CycleInspection = {
    count: 0,
    miners: 0,
    named: 0,
    cut: 0,
    failing: 0,
    fewestMiners: Number.POSITIVE_INFINITY,
    mostMiners: 0,
    timeoutMs: 0,
    shortestTimeoutMs: Number.POSITIVE_INFINITY,
    largestNumbers: 0,
  };

  add({ miners, timeoutMs, payloadScale = 1 }: ForwardStep): void {
    const seen = this.#seen;
    seen.count += 1;
    seen.timeoutMs = Math.max(seen.timeoutMs, timeoutMs);
    seen.shortestTimeoutMs = Math.min(seen.shortestTimeoutMs, timeoutMs);
    const asked = Array.isArray(miners) ? miners.length : miners.count;
    seen.miners += asked;
    seen.fewestMiners = Math.min(seen.fewestMiners, asked);
    seen.mostMiners = Math.max(seen.mostMiners, asked);
    let numbers = 0;
    if (Array.isArray(miners)) {
      seen.named += asked;
      for (const { delayMs, rows, floats = defaultFloats, fails } of miners) {
        if (delayMs >= timeoutMs) seen.cut += 1;
        else numbers += rows * floats;
        if (fails === true) seen.failing += 1;
      }
    } else numbers = miners.count * miners.rows * (miners.floats ?? defaultFloats);
    seen.largestNumbers = Math.max(seen.largestNumbers, numbers * payloadScale);
  }

  /** Undefined where there are no cycles. */
  inspection(): CycleInspection | undefined {
    return this.#seen.count === 0 ? undefined : { ...this.#seen };
  }
}
