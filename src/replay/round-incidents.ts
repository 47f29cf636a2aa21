import { messageOf } from '../errors.js';
import type { Clock } from '../measure/clock.js';
import type { WatchedCoordinator, WorkerProcess } from './fleet.js';

/** What happens in a round that nobody ordered: processes that end, and figures that are missing for it. */
export class RoundIncidents {
  /** In words, in the order in which they happened. */
  readonly texts: string[] = [];
  /** What was found running when all was over, in words: it is ended, and no figure is missing for it. */
  readonly leftBehind: string[] = [];
  readonly #clock: Clock;
  #coordinatorLost = false;
  #over = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a coordinator was lost: then there is no telling what the strategy would have done. */
  get coordinatorLost(): boolean {
    return this.#coordinatorLost;
  }

  /**
   * From here on a coordinator that ends is an incident.
   * @param isOrdered whether its end was asked for
   */
  watch(coordinators: readonly WatchedCoordinator[], isOrdered: () => boolean, onLost: () => void): void {
    for (const { lost, name, pid } of coordinators) {
      void lost.then((text) => {
        if (this.#over || isOrdered()) return;
        this.#coordinatorLost = true;
        this.texts.push(`coordinator ${name} (pid ${pid}) ${text} ${this.#when()}`);
        onLost();
      });
    }
  }

  /** The round ends its processes now: their ends are none. */
  finish(): void {
    this.#over = true;
  }

  workerLost({ child, lastProgress }: WorkerProcess, error: unknown): void {
    const missing =
      lastProgress === undefined
        ? 'all its operations'
        : `the ${operations(lastProgress.sent)} it had sent by its last sign of life, and all after,`;
    this.texts.push(`${messageOf(error)} (pid ${child.pid}, ${this.#when()}): ${missing} are missing from the figures`);
  }

  workerStalled(process: string, givenUp: number, patienceMs: number): void {
    const wait = `nothing ended for ${patienceMs / 1000} s`;
    const rest = `${operations(givenUp)} ${givenUp === 1 ? 'was' : 'were'} never sent`;
    this.texts.push(`worker ${process} gave up: ${wait}, and ${rest}`);
  }

  finalsUnread(reason: string): void {
    this.texts.push(`${reason}: updates lost by the last writers of an entry may have gone unseen`);
  }

  workersLeft(count: number): void {
    if (count === 0) return;
    const those = count === 1 ? '1 process' : `${count} processes`;
    this.leftBehind.push(`${those} of the strategy's own ran on after it was closed, until ended`);
  }

  #when(): string {
    return `${(this.#clock.nowNs() / 1e9).toFixed(1)} s into the round`;
  }
}

const operations = (count: number): string => `${count} ${count === 1 ? 'operation' : 'operations'}`;
