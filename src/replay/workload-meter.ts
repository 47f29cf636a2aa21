import { IpcbenchError } from '../errors.js';
import type { Phase } from '../measure/result.js';
import type { Meter } from '../strategies/strategy.js';
import type { WorkloadTally } from './workload-tally.js';

/** A meter whose figures and counts go to one workload. */
export class WorkloadMeter implements Required<Meter> {
  readonly #meter: Meter;
  readonly #tally: WorkloadTally;
  readonly #reserved: ReadonlySet<string>;

  /** @param reserved names of figures and counts that are refused */
  constructor(meter: Meter, tally: WorkloadTally, reserved: ReadonlySet<string> = new Set()) {
    this.#meter = meter;
    this.#tally = tally;
    this.#reserved = reserved;
  }

  /** The same in the hands of a strategy, which is not to add to what the replay tells itself. */
  lent(reserved: ReadonlySet<string>): WorkloadMeter {
    return new WorkloadMeter(this.#meter, this.#tally, reserved);
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
    this.#refuse('figure', name);
    this.#tally.figure(name, value);
  }

  count(name: string, by = 1): void {
    this.#refuse('count', name);
    this.#tally.count(name, by);
  }

  /**
   * Notes what something that is the same on every strategy came to on this one.
   * @param asked what it was, for whoever works out what it should have come to
   */
  cameTo(what: string, result: string, asked: string): void {
    this.#tally.cameTo(what, result, asked);
  }

  #refuse(what: 'figure' | 'count', name: string): void {
    if (this.#reserved.has(name))
      throw new IpcbenchError(
        'BAD_STRATEGY',
        `the ${what} "${name}" is the replay's own: a strategy's needs another name`,
      );
  }
}
