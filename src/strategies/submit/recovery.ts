import type { KeyObject } from 'node:crypto';
import { setImmediate as others } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { allotmentName, challengeId } from '../../measure/challenge.js';

/** Some half a millisecond of computing, after which others get their turn: requests overlap as they do in threads. */
const hashesPerTurn = 128;

export interface Recovered {
  seq: number | undefined;
  /** How many maps were looked up and found, and how many had to be built; zero without an index. */
  hits: number;
  misses: number;
  /** Those of the misses whose map had been built before, and had had to make room. */
  rebuilds: number;
}

/** Finds the sequence number of a challenge id that no row is known of. */
export interface Recovery {
  /** @param tiers those to try, in turn */
  recover(
    account: string,
    epoch: string,
    tiers: readonly string[],
    cid: string,
    signal: AbortSignal,
  ): Promise<Recovered>;
  gauges(): Record<string, number>;
}

const noIndex = { hits: 0, misses: 0, rebuilds: 0 };

/** Computes challenge ids until one fits, each time anew. */
export class ScanRecovery implements Recovery {
  readonly #key: KeyObject;
  readonly #allotment: number;

  constructor(key: KeyObject, allotment: number) {
    this.#key = key;
    this.#allotment = allotment;
  }

  async recover(
    account: string,
    epoch: string,
    tiers: readonly string[],
    cid: string,
    signal: AbortSignal,
  ): Promise<Recovered> {
    for (const tier of tiers) {
      const name = allotmentName(account, epoch, tier);
      for (let seq = 0; seq < this.#allotment; seq++) {
        if (challengeId(this.#key, name, seq) === cid) return { seq, ...noIndex };
        if (seq % hashesPerTurn === hashesPerTurn - 1) await turn(signal);
      }
    }
    return { seq: undefined, ...noIndex };
  }

  gauges(): Record<string, number> {
    return {};
  }
}

type SeqByChallenge = ReadonlyMap<string, number>;

/** A text of 64 letters (16 + 64 bytes) and its place in a hash table (three words, filled to two thirds on average). */
const bytesPerEntry = 116;

/** Keeps the map of every challenge id of an allotment, for the allotments that were used last; concurrent first uses build it once. */
export class IndexRecovery implements Recovery {
  readonly #maps: LRUCache<string, SeqByChallenge>;
  readonly #capacity: number;
  /** Names of all maps that were ever built. */
  readonly #built = new Set<string>();
  #builds = 0;

  constructor(key: KeyObject, allotment: number, capacity: number) {
    this.#capacity = capacity;
    this.#maps = new LRUCache({
      max: capacity,
      fetchMethod: (name) => {
        this.#builds += 1;
        return build(key, name, allotment);
      },
      // A map that is pushed out while it is being built still serves those who wait for it.
      ignoreFetchAbort: true,
    });
  }

  async recover(
    account: string,
    epoch: string,
    tiers: readonly string[],
    cid: string,
    signal: AbortSignal,
  ): Promise<Recovered> {
    const asked = { hits: 0, misses: 0, rebuilds: 0 };
    for (const tier of tiers) {
      const name = allotmentName(account, epoch, tier);
      const before = this.#builds;
      const pending = this.#maps.fetch(name);
      // Who waits for a map that another request is building has found it, late as it comes.
      if (this.#builds === before) asked.hits += 1;
      else asked.misses += 1;
      if (this.#builds > before && this.#built.has(name)) asked.rebuilds += 1;
      this.#built.add(name);
      const seq = (await pending)?.get(cid);
      signal.throwIfAborted();
      if (seq !== undefined) return { seq, ...asked };
    }
    return { seq: undefined, ...asked };
  }

  gauges(): Record<string, number> {
    let entries = 0;
    for (const map of this.#maps.values()) entries += map?.size ?? 0;
    const indexBytes = entries * bytesPerEntry;
    return { indexEntries: this.#maps.size, indexCapacity: this.#capacity, indexBytes, indexes: 1 };
  }
}

async function build(key: KeyObject, name: string, allotment: number): Promise<SeqByChallenge> {
  const map = new Map<string, number>();
  for (let seq = 0; seq < allotment; seq++) {
    map.set(challengeId(key, name, seq), seq);
    if (seq % hashesPerTurn === hashesPerTurn - 1) await others();
  }
  return map;
}

async function turn(signal: AbortSignal): Promise<void> {
  await others();
  signal.throwIfAborted();
}
