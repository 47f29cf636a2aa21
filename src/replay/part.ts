import type { SegmentStart } from './messages.js';
import { dueNs } from './schedule.js';

/** One part of a round under way in a worker: a warm-up or the measured part. Lanes hold on to the part that they were started for. */
export class Part {
  readonly segment: SegmentStart;
  /** When the last recorded due time has come. */
  readonly endNs: number;
  /** Resolves when it was stopped. */
  readonly ended: Promise<void>;
  /** Resolves when every worker has done what it was given, and loops are to make no further pass (closed loop only). */
  readonly woundDown: Promise<void>;
  #stopped = false;
  #windingDown = false;
  #end: () => void = () => {};
  #wound: () => void = () => {};

  constructor(segment: SegmentStart, speed: number) {
    this.segment = segment;
    this.endNs = dueNs(segment, segment.toMs, speed);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.woundDown = new Promise((resolve) => {
      this.#wound = resolve;
    });
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  get windingDown(): boolean {
    return this.#windingDown;
  }

  /** From now on nothing is started. */
  stop(): void {
    this.#stopped = true;
    this.#end();
  }

  windDown(): void {
    this.#windingDown = true;
    this.#wound();
  }
}
