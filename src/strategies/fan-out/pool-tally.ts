import type { GatherTask } from './pool-messages.js';

/**
 * What a pool did for one cycle, written down as it happens: a cycle that fails has caused it all the same. Cycles that share a pool have
 * each what they caused, and nothing of what is another's. Times are milliseconds of the process' own monotonic clock.
 */
export class PoolTally {
  readonly #nowMs: () => number;
  readonly #beganMs: number;
  /** When workers were getting ready, one time after another. */
  readonly #starting: { fromMs: number; toMs: number }[] = [];
  #over = false;
  /** Workers. */
  started = 0;
  /** Chunks given to another worker because theirs had died. */
  retried = 0;
  /** Tasks that crossed to a worker, each time that they did, and have not come back as a chunk. */
  readonly unanswered: GatherTask[] = [];

  constructor(nowMs = () => performance.now()) {
    this.#nowMs = nowMs;
    this.#beganMs = nowMs();
  }

  /**
   * How long workers were getting ready, their imports included, within the cycle: those at the same time count once, and nothing of the
   * time until one that died was replaced. 0 when none was started.
   */
  get startMs(): number {
    return this.#starting.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  }

  /** Whether the cycle has ended: a worker that was started for it is there for the next one. */
  get over(): boolean {
    return this.#over;
  }

  taskGiven(task: GatherTask): void {
    this.unanswered.push(task);
  }

  chunkArrived(task: GatherTask): void {
    this.unanswered.splice(this.unanswered.indexOf(task), 1);
  }

  workerReady(startedAtMs: number): void {
    if (this.#over) return;
    const toMs = this.#nowMs();
    let fromMs = Math.max(startedAtMs, this.#beganMs);
    for (let last = this.#starting.at(-1); last !== undefined && last.toMs >= fromMs; last = this.#starting.at(-1)) {
      fromMs = Math.min(fromMs, last.fromMs);
      this.#starting.pop();
    }
    this.#starting.push({ fromMs, toMs });
  }

  end(): void {
    this.#over = true;
  }
}
