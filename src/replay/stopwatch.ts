import type { Clock } from '../measure/clock.js';
import { type Phase, phases } from '../measure/result.js';
import type { Meter } from '../strategies/strategy.js';
import type { SpanParent } from '../telemetry/telemetry.js';

const indexOfPhase = new Map<Phase, number>(phases.map((phase, index) => [phase, index]));
const otherIndex = phases.indexOf('other');

/** What strategies count while they work for someone. */
export class CallCounter {
  calls = 0;
  messages = 0;
  connections = 0;
  bytesSent = 0;
  bytesReceived = 0;
  locksCreated = 0;
}

/**
 * The meter of one operation: at each instant it is in exactly one phase, so that the phases are disjoint and add up to its service time.
 * Counts go to a counter that the operations of a worker share.
 */
export class Stopwatch implements Meter {
  /** Nanoseconds per phase, in the order of `phases`. */
  readonly spentNs = new Float64Array(phases.length);
  parent: SpanParent | undefined;
  readonly #clock: Clock;
  readonly #counter: CallCounter;
  #current = otherIndex;
  #sinceNs: number;

  constructor(clock: Clock, counter: CallCounter, startNs: number) {
    this.#clock = clock;
    this.#counter = counter;
    this.#sinceNs = startNs;
  }

  enter(phase: Phase): Phase {
    const left = phases[this.#current] ?? 'other';
    const nowNs = this.#clock.nowNs();
    this.#settle(nowNs);
    this.#current = indexOfPhase.get(phase) ?? otherIndex;
    return left;
  }

  /** Ends the last phase; returns the reading of the clock that ended it. */
  stop(): number {
    const nowNs = this.#clock.nowNs();
    this.#settle(nowNs);
    return nowNs;
  }

  call(bytesSent: number, bytesReceived: number): void {
    this.#counter.calls += 1;
    this.#counter.messages += 2;
    this.#counter.bytesSent += bytesSent;
    this.#counter.bytesReceived += bytesReceived;
  }

  connection(messages: number, bytesSent: number, bytesReceived: number): void {
    this.#counter.connections += 1;
    this.#counter.messages += messages;
    this.#counter.bytesSent += bytesSent;
    this.#counter.bytesReceived += bytesReceived;
  }

  lockCreated(): void {
    this.#counter.locksCreated += 1;
  }

  #settle(nowNs: number): void {
    this.spentNs[this.#current] = (this.spentNs[this.#current] ?? 0) + nowNs - this.#sinceNs;
    this.#sinceNs = nowNs;
  }
}
