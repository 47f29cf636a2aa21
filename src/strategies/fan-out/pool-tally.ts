/**
 * What a pool did for one cycle, written down as it happens: a cycle that fails has caused it all the same. Cycles that share a pool have
 * each what they caused, and nothing of what is another's. Times are milliseconds of the process' own monotonic clock.
 */
export class PoolTally {
  readonly #nowMs: () => number;
  readonly #beganMs: number;
  #startingFromMs = Number.POSITIVE_INFINITY;
  #readyAtMs = 0;
  #over = false;
  /** Workers. */
  started = 0;
  /** Chunks given to another worker because theirs had died. */
  retried = 0;

  constructor(nowMs = () => performance.now()) {
    this.#nowMs = nowMs;
    this.#beganMs = nowMs();
  }

  /** From starting the first worker to the last one's readiness, its imports included, within the cycle; 0 when none was started. */
  get startMs(): number {
    return Math.max(this.#readyAtMs - this.#startingFromMs, 0);
  }

  /** Whether the cycle has ended: a worker that was started for it is there for the next one. */
  get over(): boolean {
    return this.#over;
  }

  workerReady(startedAtMs: number): void {
    if (this.#over) return;
    this.#startingFromMs = Math.min(this.#startingFromMs, Math.max(startedAtMs, this.#beganMs));
    this.#readyAtMs = this.#nowMs();
  }

  end(): void {
    this.#over = true;
  }
}
