import type { TraceOperation } from '../trace/operation.js';
import type { Launcher } from './launcher.js';
import type { Part } from './part.js';
import { pauseNs } from './schedule.js';

/** What a chain still has to do, in file order: operations to start, and the ends of those that were due at a time of their own. */
type Link = { operation: TraceOperation } | { ended: Promise<void> };

interface Chain {
  links: Link[];
  running: boolean;
  /** When its last operation ended; undefined before the first. */
  endedNs: number | undefined;
}

/** So many operations may wait for their turn before reading pauses: memory stays bounded however long the chains are. */
const waitingAtMost = 20_000;

/** Operations that follow one another: each due a pause after the one before it in its chain ended. */
export class Chains {
  readonly #launcher: Launcher;
  readonly #chains = new Map<string, Chain>();
  #waiting = 0;
  #running = 0;
  #noticed: () => void = () => {};
  /** Called when a chain has nothing left to do. */
  readonly #onIdle: () => void;

  constructor(launcher: Launcher, onIdle: () => void) {
    this.#launcher = launcher;
    this.#onIdle = onIdle;
  }

  get busy(): boolean {
    return this.#running > 0;
  }

  /** Operations whose turn has not come. */
  get waiting(): number {
    return this.#waiting;
  }

  /** An operation that is due when the one before it has ended. */
  add(operation: TraceOperation, part: Part): void {
    this.#waiting += 1;
    this.#append(operation, { operation }, part);
  }

  /** An operation of a chain that was due at a time of its own and has been started: the next one waits for its end. */
  follow(operation: TraceOperation, ended: Promise<void>, part: Part): void {
    this.#append(operation, { ended }, part);
  }

  /** Goes on with what an earlier part left. */
  resume(part: Part): void {
    for (const chain of this.#chains.values())
      if (!chain.running && chain.links.length > 0) void this.#run(chain, part);
  }

  /** Resolves when there is room for another operation, or the part was stopped. */
  async room(part: Part): Promise<void> {
    while (this.#waiting >= waitingAtMost && !part.stopped) {
      await new Promise<void>((resolve) => {
        this.#noticed = resolve;
      });
    }
  }

  /** Drops what is left. @returns how many operations that were */
  drop(): number {
    const dropped = this.#waiting;
    for (const chain of this.#chains.values()) chain.links = [];
    this.#waiting = 0;
    this.#noticed();
    return dropped;
  }

  #append({ process, chain: name }: TraceOperation, link: Link, part: Part): void {
    const id = `${process}\u0000${name ?? ''}`;
    const chain = this.#chains.get(id) ?? { links: [], running: false, endedNs: undefined };
    this.#chains.set(id, chain);
    chain.links.push(link);
    if (!chain.running) void this.#run(chain, part);
  }

  async #run(chain: Chain, part: Part): Promise<void> {
    const { clock, alarm, speed, launch } = this.#launcher;
    chain.running = true;
    this.#running += 1;
    for (let link = chain.links[0]; link !== undefined && !part.stopped; link = chain.links[0]) {
      if ('ended' in link) {
        chain.links.shift();
        await link.ended;
        chain.endedNs = clock.nowNs();
        continue;
      }
      const readyNs = Math.max(chain.endedNs ?? clock.nowNs(), part.segment.startNs);
      const due = readyNs + pauseNs(link.operation.after ?? 0, speed);
      if (!part.segment.chainsGoOn && due >= part.endNs) break;
      await alarm.until(due);
      if (part.stopped) break;
      chain.links.shift();
      this.#waiting -= 1;
      this.#noticed();
      await launch(link.operation, due);
      chain.endedNs = clock.nowNs();
    }
    chain.running = false;
    this.#running -= 1;
    this.#onIdle();
  }
}
