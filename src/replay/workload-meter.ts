import type { Phase } from '../measure/result.js';
import type { Meter } from '../strategies/strategy.js';
import type { WorkloadTally } from './workload-tally.js';

/** A meter whose figures and counts go to one workload. */
export class WorkloadMeter implements Required<Meter> {
  readonly #meter: Meter;
  readonly #tally: WorkloadTally;

  constructor(meter: Meter, tally: WorkloadTally) {
    this.#meter = meter;
    this.#tally = tally;
  }

  get parent(): Required<Meter>['parent'] {
    return this.#meter.parent;
  }

  enter(phase: Phase): Phase {
    return this.#meter.enter(phase);
  }

  call(bytesSent: number, bytesReceived: number): void {
    this.#meter.call(bytesSent, bytesReceived);
  }

  connection(messages: number, bytesSent: number, bytesReceived: number): void {
    this.#meter.connection(messages, bytesSent, bytesReceived);
  }

  lockCreated(): void {
    this.#meter.lockCreated();
  }

  figure(name: string, value: number): void {
    this.#tally.figure(name, value);
  }

  count(name: string, by = 1): void {
    this.#tally.count(name, by);
  }

  /**
   * Notes what something that is the same on every strategy came to on this one.
   * @param asked what it was, for whoever works out what it should have come to
   */
  cameTo(what: string, result: string, asked: string): void {
    this.#tally.cameTo(what, result, asked);
  }
}
