import { isIpcbenchError } from '../../errors.js';
import { during } from '../metering.js';
import { type Meter, noMeter, type Patch, type State, type Value } from '../strategy.js';
import type { EntryFiles } from './entry-files.js';
import type { InvalidationFeed } from './invalidation-feed.js';
import { patched, patchWhole } from './patched.js';
import type { PositionCache } from './position-cache.js';

export interface LocalPositionParts {
  /** State of all other structures, and all queues. */
  rest: State;
  /** Which structures are kept in files. */
  isLocal: (structure: string) => boolean;
  files: EntryFiles;
  cache: PositionCache;
  feed: InvalidationFeed;
  /** Whether a write waits until no other process uses an older copy. */
  acknowledged: boolean;
}

/** Entries in files, which are the source of truth; copies in this process; the coordinator only carries what is out of date. */
export class LocalPositionState implements State {
  readonly #parts: LocalPositionParts;

  constructor(parts: LocalPositionParts) {
    this.#parts = parts;
  }

  async get(structure: string, key: string, meter: Meter = noMeter): Promise<Value | undefined> {
    const { rest, isLocal, files, cache, feed } = this.#parts;
    if (!isLocal(structure)) return rest.get(structure, key, meter);
    const copy = feed.trusted ? cache.get(structure, key) : undefined;
    if (copy !== undefined) return structuredClone(copy);
    const draft = cache.draft(structure, key);
    let kept: Value | undefined;
    try {
      const watched = await during(meter, 'lookup', () => this.#watch(structure, key, meter));
      const value = await during(meter, 'disk', async () => files.read(structure, key));
      if (watched && value !== undefined) kept = structuredClone(value);
      return value;
    } finally {
      cache.keep(structure, key, draft, kept);
    }
  }

  /** The files are there to be read even when the coordinator is not. */
  async #watch(structure: string, key: string, meter: Meter): Promise<boolean> {
    try {
      return await this.#parts.feed.watch(structure, key, meter);
    } catch (error) {
      if (isIpcbenchError(error, 'COORDINATOR_LOST')) return false;
      throw error;
    }
  }

  async set(structure: string, key: string, value: Value, meter: Meter = noMeter): Promise<void> {
    if (!this.#parts.isLocal(structure)) return this.#parts.rest.set(structure, key, value, meter);
    await this.#store(structure, [[key, value]], [], meter);
  }

  async patch(structure: string, key: string, patch: Patch, meter: Meter = noMeter): Promise<Record<string, number>> {
    if (!this.#parts.isLocal(structure)) return this.#parts.rest.patch(structure, key, patch, meter);
    return patchWhole(this, structure, key, patch, meter);
  }

  async patchMany(
    structure: string,
    patches: readonly (readonly [key: string, patch: Patch])[],
    meter: Meter = noMeter,
  ): Promise<Record<string, number>[]> {
    if (!this.#parts.isLocal(structure)) return this.#parts.rest.patchMany(structure, patches, meter);
    const results: Record<string, number>[] = [];
    const changed = new Map<string, Value>();
    for (const [key, patch] of patches) {
      const { after, added } = patched(changed.get(key) ?? (await this.get(structure, key, meter)), patch);
      changed.set(key, after);
      results.push(added);
    }
    await this.#store(structure, [...changed], [], meter);
    return results;
  }

  async delete(structure: string, key: string, meter: Meter = noMeter): Promise<void> {
    if (!this.#parts.isLocal(structure)) return this.#parts.rest.delete(structure, key, meter);
    await this.#store(structure, [], [key], meter);
  }

  async keys(structure: string, meter: Meter = noMeter): Promise<string[]> {
    if (!this.#parts.isLocal(structure)) return this.#parts.rest.keys(structure, meter);
    return (await this.entries(structure, meter)).map(([key]) => key);
  }

  entries(structure: string, meter: Meter = noMeter): Promise<[string, Value][]> {
    const { rest, isLocal, files } = this.#parts;
    if (!isLocal(structure)) return rest.entries(structure, meter);
    return during(meter, 'disk', () => files.entries(structure));
  }

  async setMany(
    structure: string,
    entries: readonly (readonly [string, Value])[],
    meter: Meter = noMeter,
  ): Promise<void> {
    if (!this.#parts.isLocal(structure)) return this.#parts.rest.setMany(structure, entries, meter);
    await this.#store(structure, entries, [], meter);
  }

  async replaceAll(
    structure: string,
    entries: readonly (readonly [string, Value])[],
    meter: Meter = noMeter,
  ): Promise<void> {
    if (!this.#parts.isLocal(structure)) return this.#parts.rest.replaceAll(structure, entries, meter);
    const kept = new Set(entries.map(([key]) => key));
    const stale = (await this.keys(structure, meter)).filter((key) => !kept.has(key));
    await this.#store(structure, entries, stale, meter);
  }

  async clear(structure: string, meter: Meter = noMeter): Promise<void> {
    if (!this.#parts.isLocal(structure)) return this.#parts.rest.clear(structure, meter);
    await this.#store(structure, [], await this.keys(structure, meter), meter);
  }

  put(queue: string, value: Value, meter: Meter = noMeter): Promise<void> {
    return this.#parts.rest.put(queue, value, meter);
  }

  take(queue: string, timeoutMs: number, meter: Meter = noMeter): Promise<Value | undefined> {
    return this.#parts.rest.take(queue, timeoutMs, meter);
  }

  /** Writes files, then tells everybody with a copy. Copies of this process are renewed last, unless somebody else wrote meanwhile. */
  async #store(
    structure: string,
    entries: readonly (readonly [string, Value])[],
    deleted: readonly string[],
    meter: Meter,
  ): Promise<void> {
    const { files, cache, feed, acknowledged } = this.#parts;
    const keys = [...entries.map(([key]) => key), ...deleted];
    if (keys.length === 0) return;
    cache.changed(structure, keys);
    const drafts = entries.map(([key, value]) => ({ key, value, draft: cache.draft(structure, key) }));
    let mayKeep = false;
    try {
      await during(meter, 'disk', async () => {
        for (const [key, value] of entries) files.write(structure, key, value);
        for (const key of deleted) files.delete(structure, key);
      });
      const kept = drafts.map(({ key }) => key);
      mayKeep = await during(meter, 'write', () => feed.announce(structure, keys, kept, acknowledged, meter));
    } finally {
      for (const { key, value, draft } of drafts)
        cache.keep(structure, key, draft, mayKeep ? structuredClone(value) : undefined);
    }
  }
}
