import type { ProcessSnapshot } from './process-sampler.js';
import { type Runtime, type UsageWindow, WindowBuilder } from './usage-window.js';

/** Verdicts rest on windows of a second: below, scheduling and 10 ms ticks are mostly noise. */
export const windowNs = 1e9;
/** How much earlier than a full second a window may close, since the timer that opened it may have been late. */
const slackNs = 5e7;

/** Cuts the snapshots of one process into windows of at least a second. */
export class WindowSeries {
  readonly #runtime: Runtime;
  readonly #windows: UsageWindow[] = [];
  #open: WindowBuilder | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  add(snapshot: ProcessSnapshot): void {
    if (this.#open === undefined) {
      this.#open = new WindowBuilder(snapshot);
      return;
    }
    this.#open.add(snapshot);
    if (this.#open.elapsedNs < windowNs - slackNs) return;
    const window = this.#open.build(this.#runtime);
    if (window !== undefined) this.#windows.push(window);
    this.#open = new WindowBuilder(snapshot);
  }

  /** Forgets everything; the last snapshot becomes the beginning. */
  restart(): void {
    this.#windows.length = 0;
    if (this.#open !== undefined) this.#open = new WindowBuilder(this.#open.last);
  }

  /** The windows so far, what is left over after the last full one as a shorter one. */
  windows(): UsageWindow[] {
    const rest = this.#open?.build(this.#runtime);
    return rest === undefined ? [...this.#windows] : [...this.#windows, rest];
  }
}

export type WindowMeasure =
  | 'cpuPercent'
  | 'busiestThreadPercent'
  | 'runQueueWaitPercent'
  | 'userPercent'
  | 'systemPercent';

/** The mean over the whole time; each window counts by its length. */
export function meanOf(windows: readonly UsageWindow[], measure: WindowMeasure): number {
  let weighted = 0;
  let totalNs = 0;
  for (const window of windows) {
    const lengthNs = window.toNs - window.fromNs;
    weighted += window[measure] * lengthNs;
    totalNs += lengthNs;
  }
  return totalNs === 0 ? 0 : weighted / totalNs;
}

/** The full windows; the left-over one only when there is no other. */
export function fullWindows(windows: readonly UsageWindow[]): readonly UsageWindow[] {
  const full = windows.filter((window) => window.toNs - window.fromNs >= windowNs - slackNs);
  return full.length > 0 ? full : windows;
}

/** Mean over all the time; p95 (nearest rank) and maximum over the full windows. */
export function summarise(
  windows: readonly UsageWindow[],
  measure: WindowMeasure,
): { mean: number; p95: number; max: number } {
  const sorted = fullWindows(windows)
    .map((window) => window[measure])
    .sort((a, b) => a - b);
  return {
    mean: meanOf(windows, measure),
    p95: sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0,
    max: sorted.at(-1) ?? 0,
  };
}

/** How long the windows last together. */
export function durationNsOf(windows: readonly UsageWindow[]): number {
  return windows.reduce((sum, window) => sum + window.toNs - window.fromNs, 0);
}
