import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Packr } from 'msgpackr';
import { systemCodeOf } from '../../errors.js';
import type { Value } from '../strategy.js';
import { current, readSlotted, removeSlotted, writeSlotted } from './slotted-file.js';

/** One file for each entry of a structure, named by hashes: a key is never a path. Each is replaced as a whole. */
export class EntryFiles {
  readonly #root: string;
  readonly #packr = new Packr({ useRecords: false, copyBuffers: true });
  readonly #folders = new Map<string, string>();

  constructor(root: string) {
    this.#root = root;
  }

  read(structure: string, key: string): Value | undefined {
    const content = readSlotted(this.#pathOf(structure, key));
    return content === undefined ? undefined : this.#entryOf(content)[1];
  }

  write(structure: string, key: string, value: Value): void {
    writeSlotted(this.#pathOf(structure, key), this.#packr.pack([key, value]));
  }

  delete(structure: string, key: string): void {
    removeSlotted(this.#pathOf(structure, key));
  }

  /** Every entry that is there while it is looked for. */
  async entries(structure: string): Promise<[string, Value][]> {
    const folder = this.#folder(structure);
    const names = (await readdir(folder)).filter((name) => !name.includes('.'));
    const contents = await Promise.all(names.map((name) => readFile(join(folder, name)).catch(ignoreMissing)));
    return contents.flatMap((whole) => {
      const slot = whole === undefined ? undefined : current(whole);
      return slot === undefined ? [] : [this.#entryOf(slot.content)];
    });
  }

  #entryOf(content: Buffer): [string, Value] {
    return this.#packr.unpack(content) as [string, Value];
  }

  #pathOf(structure: string, key: string): string {
    return join(this.#folder(structure), digest(key));
  }

  #folder(structure: string): string {
    const known = this.#folders.get(structure);
    if (known !== undefined) return known;
    const path = join(this.#root, digest(structure).slice(0, 32));
    mkdirSync(path, { recursive: true, mode: 0o700 });
    this.#folders.set(structure, path);
    return path;
  }
}

function digest(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

function ignoreMissing(error: unknown): undefined {
  if (systemCodeOf(error) !== 'ENOENT') throw error;
  return undefined;
}
