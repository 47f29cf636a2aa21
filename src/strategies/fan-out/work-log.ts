/** When a process was at work on something, and when it was not. Times are milliseconds of the machine's monotonic clock. */
export class WorkLog {
  readonly #spans: [fromMs: number, toMs: number][] = [];
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  during<T>(work: () => T): T {
    const fromMs = this.#nowMs();
    try {
      return work();
    } finally {
      this.#spans.push([fromMs, this.#nowMs()]);
    }
  }

  get totalMs(): number {
    return this.#spans.reduce((sum, [fromMs, toMs]) => sum + toMs - fromMs, 0);
  }

  /** Percent of the work that was done before a point in time; 0 where there was none. */
  percentBefore(pointMs: number): number {
    const before = this.#spans.reduce((sum, [fromMs, toMs]) => sum + Math.max(Math.min(toMs, pointMs) - fromMs, 0), 0);
    return this.totalMs === 0 ? 0 : (before / this.totalMs) * 100;
  }
}
