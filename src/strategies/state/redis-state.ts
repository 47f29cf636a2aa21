import { Packr } from 'msgpackr';
import type { RedisLink } from '../locks/redis-link.js';
import type { RedisArgument } from '../locks/redis-wire.js';
import { during } from '../metering.js';
import { type Meter, noMeter, type Patch, type State, type Value } from '../strategy.js';
import { patched, patchWhole } from './patched.js';
import type { RedisTakers } from './redis-takers.js';

/** Fields of one command at most: a longer list is sent in several, one after another on one connection. */
const fieldsPerCommand = 1_000;

type Entries = readonly (readonly [string, Value])[];

/**
 * State in Redis itself: a dict is a hash, a queue a list, a value MessagePack. One call each, whatever the number of entries; a patch
 * reads and writes back all of a value, as Redis can't look inside it.
 */
export class RedisState implements State {
  // Plain maps without msgpackr's record extension: what any MessagePack peer would read.
  readonly #packr = new Packr({ useRecords: false, copyBuffers: true });
  readonly #link: RedisLink;
  readonly #takers: RedisTakers;
  readonly #prefix: string;

  constructor(link: RedisLink, prefix: string, takers: RedisTakers) {
    this.#link = link;
    this.#prefix = prefix;
    this.#takers = takers;
  }

  get(structure: string, key: string, meter: Meter = noMeter): Promise<Value | undefined> {
    return during(meter, 'read', async () =>
      this.#unpack(await this.#bytes('HGET', [this.#dict(structure), key], meter)),
    );
  }

  set(structure: string, key: string, value: Value, meter: Meter = noMeter): Promise<void> {
    return this.setMany(structure, [[key, value]], meter);
  }

  /** Two calls that carry the whole value; what another writes in between is lost unless both hold the same lock. */
  async patch(structure: string, key: string, patch: Patch, meter: Meter = noMeter): Promise<Record<string, number>> {
    return patchWhole(this, structure, key, patch, meter);
  }

  /** One call to read them all and one to write them back. */
  async patchMany(
    structure: string,
    patches: readonly (readonly [key: string, patch: Patch])[],
    meter: Meter = noMeter,
  ): Promise<Record<string, number>[]> {
    if (patches.length === 0) return [];
    const values = await this.#getMany(structure, [...new Set(patches.map(([key]) => key))], meter);
    const results = patches.map(([key, patch]) => {
      const { after, added } = patched(values.get(key), patch);
      values.set(key, after);
      return added;
    });
    const written = [...values].flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
    await this.setMany(structure, written, meter);
    return results;
  }

  async delete(structure: string, key: string, meter: Meter = noMeter): Promise<void> {
    await during(meter, 'write', () => this.#link.command('HDEL', [this.#dict(structure), key], meter));
  }

  keys(structure: string, meter: Meter = noMeter): Promise<string[]> {
    return during(meter, 'read', async () =>
      list(await this.#link.command('HKEYS', [this.#dict(structure)], meter)).map(String),
    );
  }

  entries(structure: string, meter: Meter = noMeter): Promise<[string, Value][]> {
    return during(meter, 'read', async () => {
      // Asked for as a script: the client library would make an object of an HGETALL, with keys of its own meaning among the dict's.
      const flat = list(
        await this.#bytes('EVAL', ["return redis.call('HGETALL', KEYS[1])", 1, this.#dict(structure)], meter),
      );
      const entries: [string, Value][] = [];
      for (let at = 0; at < flat.length; at += 2) entries.push([String(flat[at]), this.#unpack(flat[at + 1]) ?? null]);
      return entries;
    });
  }

  async setMany(structure: string, entries: Entries, meter: Meter = noMeter): Promise<void> {
    await during(meter, 'write', () => this.#write(structure, entries, meter));
  }

  /** Takes effect at once for every reader, unless there are more than a thousand entries. */
  async replaceAll(structure: string, entries: Entries, meter: Meter = noMeter): Promise<void> {
    const replace = "redis.call('DEL', KEYS[1]) if #ARGV > 0 then redis.call('HSET', KEYS[1], unpack(ARGV)) end";
    await during(meter, 'write', async () => {
      const first = this.#fields(entries.slice(0, fieldsPerCommand));
      await this.#link.command('EVAL', [replace, 1, this.#dict(structure), ...first], meter);
      await this.#write(structure, entries.slice(fieldsPerCommand), meter);
    });
  }

  async clear(structure: string, meter: Meter = noMeter): Promise<void> {
    await during(meter, 'write', () => this.#link.command('UNLINK', [this.#dict(structure)], meter));
  }

  async put(queue: string, value: Value, meter: Meter = noMeter): Promise<void> {
    await during(meter, 'queue', () =>
      this.#link.command('RPUSH', [this.#list(queue), this.#packr.pack(value)], meter),
    );
  }

  /** At most once: what a client had taken when it died is gone. */
  take(queue: string, timeoutMs: number, meter: Meter = noMeter): Promise<Value | undefined> {
    return during(meter, 'queue', async () => {
      const ready = await this.#bytes('LPOP', [this.#list(queue)], meter);
      if (ready !== null || timeoutMs <= 0) return this.#unpack(ready);
      return this.#unpack(await this.#takers.take(this.#list(queue), timeoutMs, meter));
    });
  }

  async #getMany(structure: string, keys: readonly string[], meter: Meter): Promise<Map<string, Value | undefined>> {
    const replies = await during(meter, 'read', () => this.#bytes('HMGET', [this.#dict(structure), ...keys], meter));
    return new Map(list(replies).map((reply, at) => [keys[at] ?? '', this.#unpack(reply)]));
  }

  async #write(structure: string, entries: Entries, meter: Meter): Promise<void> {
    for (let at = 0; at < entries.length; at += fieldsPerCommand) {
      const fields = this.#fields(entries.slice(at, at + fieldsPerCommand));
      await this.#link.command('HSET', [this.#dict(structure), ...fields], meter);
    }
  }

  #fields(entries: Entries): RedisArgument[] {
    return entries.flatMap(([key, value]) => [key, this.#packr.pack(value)]);
  }

  #bytes(name: string, parts: readonly RedisArgument[], meter: Meter): Promise<unknown> {
    return this.#link.bytes(name, parts, meter);
  }

  #unpack(reply: unknown): Value | undefined {
    return reply instanceof Uint8Array ? (this.#packr.unpack(reply) as Value) : undefined;
  }

  #dict(structure: string): string {
    return `${this.#prefix}dict:${structure}`;
  }

  #list(queue: string): string {
    return `${this.#prefix}list:${queue}`;
  }
}

function list(reply: unknown): unknown[] {
  return Array.isArray(reply) ? reply : [];
}
