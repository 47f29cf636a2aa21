import type { Channel } from '../coordinator/channel.js';
import { operationCodes as codes } from '../coordinator/operation-codes.js';
import { during } from '../metering.js';
import { type Meter, noMeter, type Patch, type State, type Value } from '../strategy.js';
import { patchWhole } from './patched.js';

/**
 * State in managed dicts and queues, with exactly the calls that CPython's proxies have: whole values cross, a patch reads and writes back
 * all of one, and making a new content deletes stale keys one by one.
 */
export class ManagedState implements State {
  readonly #route: (structure: string) => Channel;

  /** @param route the coordinator that keeps a structure */
  constructor(route: (structure: string) => Channel) {
    this.#route = route;
  }

  get(structure: string, key: string, meter: Meter = noMeter): Promise<Value | undefined> {
    return during(meter, 'read', () => this.#call(structure, codes.get, [structure, key], meter)) as Promise<
      Value | undefined
    >;
  }

  async set(structure: string, key: string, value: Value, meter: Meter = noMeter): Promise<void> {
    await during(meter, 'write', () => this.#call(structure, codes.set, [structure, key, value], meter));
  }

  /** Two calls that carry the whole value; what another writes in between is lost unless both hold the same lock. */
  async patch(structure: string, key: string, patch: Patch, meter: Meter = noMeter): Promise<Record<string, number>> {
    return patchWhole(this, structure, key, patch, meter);
  }

  async patchMany(
    structure: string,
    patches: readonly (readonly [key: string, patch: Patch])[],
    meter: Meter = noMeter,
  ): Promise<Record<string, number>[]> {
    const results: Record<string, number>[] = [];
    for (const [key, patch] of patches) results.push(await this.patch(structure, key, patch, meter));
    return results;
  }

  async delete(structure: string, key: string, meter: Meter = noMeter): Promise<void> {
    await during(meter, 'write', () => this.#call(structure, codes.delete, [structure, key], meter));
  }

  keys(structure: string, meter: Meter = noMeter): Promise<string[]> {
    return during(meter, 'read', () => this.#call(structure, codes.keys, [structure], meter)) as Promise<string[]>;
  }

  /** `copy()`: one call. */
  entries(structure: string, meter: Meter = noMeter): Promise<[string, Value][]> {
    return during(meter, 'read', () => this.#call(structure, codes.copy, [structure], meter)) as Promise<
      [string, Value][]
    >;
  }

  /** `update()`: one call. */
  async setMany(
    structure: string,
    entries: readonly (readonly [string, Value])[],
    meter: Meter = noMeter,
  ): Promise<void> {
    await during(meter, 'write', () => this.#call(structure, codes.update, [structure, entries], meter));
  }

  /** As teams write it: `keys()`, one `del` for each key that is to go, `update()`. */
  async replaceAll(
    structure: string,
    entries: readonly (readonly [string, Value])[],
    meter: Meter = noMeter,
  ): Promise<void> {
    const kept = new Set(entries.map(([key]) => key));
    for (const key of await this.keys(structure, meter)) if (!kept.has(key)) await this.delete(structure, key, meter);
    await this.setMany(structure, entries, meter);
  }

  /** `clear()`: one call. */
  async clear(structure: string, meter: Meter = noMeter): Promise<void> {
    await during(meter, 'write', () => this.#call(structure, codes.clear, [structure], meter));
  }

  async put(queue: string, value: Value, meter: Meter = noMeter): Promise<void> {
    await during(meter, 'queue', () => this.#call(queue, codes.put, [queue, value], meter));
  }

  take(queue: string, timeoutMs: number, meter: Meter = noMeter): Promise<Value | undefined> {
    return during(meter, 'queue', () =>
      this.#route(queue).wait(codes.take, [queue, timeoutMs], timeoutMs, meter),
    ) as Promise<Value | undefined>;
  }

  #call(structure: string, code: number, body: readonly unknown[], meter: Meter): Promise<unknown> {
    return this.#route(structure).call(code, body, meter);
  }
}
