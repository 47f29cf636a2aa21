import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What a worker writes down for the safety oracle: fixed-size records of eight doubles, spread over partition files by the hash of the key
 * they concern, so that the oracle can take one partition of all workers at a time in bounded memory and see everything about its keys.
 */
export const recordLength = 8;

export const recordTypes = {
  section: 1,
  read: 2,
  commit: 3,
  reset: 4,
  guardSection: 5,
  failedWait: 6,
  commitLocks: 7,
} as const;

/** Kinds of operation are numbered per run; the number shares a double with the record's type. */
export const typeScale = 16;

/** Records buffered per partition before they are written: 4 KiB, 2 MiB in all at most. */
const bufferedRecords = 64;

/** At most so many keys are remembered by name (for examples and the final check); the rest are known by hash only. */
const namedKeysAtMost = 100_000;

/**
 * A 53-bit hash of a string: two rounds of 32-bit multiply-and-xor as in cyrb53 (public domain), widened to 53 bits. With a million keys
 * the chance of any two colliding is about 6 in 100,000.
 */
export function hashOf(text: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 4294967296 * (2097151 & low) + (high >>> 0);
}

/** Names of things that evidence is about: a lock's key, or an entry of a structure. */
export const lockName = (key: string): string => `lock\u0000${key}`;
export const entryName = (structure: string, key: string): string => `${structure}\u0000${key}`;
export const guardName = (guard: string): string => `guard\u0000${guard}`;

export function partitionFile(directory: string, worker: number, partition: number): string {
  return join(directory, `evidence-${worker}-${partition}`);
}

export function namesFile(directory: string, worker: number): string {
  return join(directory, `names-${worker}`);
}

export class EvidenceWriter {
  readonly #files: number[] = [];
  readonly #buffers: Float64Array[] = [];
  readonly #used: number[] = [];
  readonly #named = new Map<string, number>();
  #unwrittenNames: string[] = [];
  readonly #namesFile: number;
  readonly #partitions: number;

  constructor(directory: string, worker: number, partitions: number) {
    this.#partitions = partitions;
    for (let partition = 0; partition < partitions; partition++) {
      this.#files.push(openSync(partitionFile(directory, worker, partition), 'ax', 0o600));
      this.#buffers.push(new Float64Array(bufferedRecords * recordLength));
      this.#used.push(0);
    }
    this.#namesFile = openSync(namesFile(directory, worker), 'ax', 0o600);
  }

  /** The hash that stands for `name` in records; remembers the name. */
  identify(name: string): number {
    const known = this.#named.get(name);
    if (known !== undefined) return known;
    const hash = hashOf(name);
    if (this.#named.size < namedKeysAtMost) {
      this.#named.set(name, hash);
      this.#unwrittenNames.push(name);
    }
    return hash;
  }

  /** Writes down one record about the key with this hash; the meaning of the other columns depends on the type. */
  record(type: number, kind: number, key: number, a: number, b: number, c = 0, d = 0, e = 0, f = 0): void {
    const partition = key % this.#partitions;
    const buffer = this.#buffers[partition];
    if (buffer === undefined) return;
    let at = (this.#used[partition] ?? 0) * recordLength;
    buffer[at++] = type + kind * typeScale;
    buffer[at++] = key;
    buffer[at++] = a;
    buffer[at++] = b;
    buffer[at++] = c;
    buffer[at++] = d;
    buffer[at++] = e;
    buffer[at] = f;
    const used = (this.#used[partition] ?? 0) + 1;
    this.#used[partition] = used;
    if (used === bufferedRecords) this.#flush(partition);
  }

  /** Hands everything to the operating system, so that it survives this process. */
  flush(): void {
    for (let partition = 0; partition < this.#partitions; partition++) this.#flush(partition);
    if (this.#unwrittenNames.length === 0) return;
    writeSync(this.#namesFile, `${this.#unwrittenNames.map((name) => JSON.stringify(name)).join('\n')}\n`);
    this.#unwrittenNames = [];
  }

  close(): void {
    this.flush();
    for (const file of [...this.#files, this.#namesFile]) closeSync(file);
  }

  #flush(partition: number): void {
    const [file, buffer, used] = [this.#files[partition], this.#buffers[partition], this.#used[partition] ?? 0];
    if (file === undefined || buffer === undefined || used === 0) return;
    writeSync(file, new Uint8Array(buffer.buffer, 0, used * recordLength * Float64Array.BYTES_PER_ELEMENT));
    this.#used[partition] = 0;
  }
}
