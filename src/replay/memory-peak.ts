import { residentBytes } from '../system/resident.js';

/** Reading it takes some 0.3 ms with a pool of eight. */
const glanceEveryMs = 500;

/**
 * The most memory that a worker and the processes it started were seen to have during a part. It is looked at once a second, and when a
 * cycle's last answer is there: whoever gathered them is alive then, whether the pool stays or is torn down with the cycle.
 */
export class MemoryPeak {
  readonly #read: () => number;
  readonly #nowMs: () => number;
  #bytes = 0;
  #glancedMs = Number.NEGATIVE_INFINITY;

  constructor(read = residentBytes, nowMs = () => performance.now()) {
    this.#read = read;
    this.#nowMs = nowMs;
  }

  /** Begins another part. */
  restart(): void {
    this.#bytes = 0;
    this.#glancedMs = Number.NEGATIVE_INFINITY;
  }

  /** @returns the peak until now, bytes */
  look(): number {
    this.#bytes = Math.max(this.#bytes, this.#read());
    return this.#bytes;
  }

  /** Looks at a moment that comes often, unless it has lately. */
  glance(): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#glancedMs < glanceEveryMs) return;
    this.#glancedMs = nowMs;
    this.look();
  }
}
