import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { IpcbenchError, messageOf } from '../../errors.js';

/**
 * The two files of one slot. `main` is the lock itself; `queue` is the turnstile in front of it: whoever waits for `main` holds `queue`
 * meanwhile, so a process that comes back at once can't slip in before a waiter that the kernel has yet to wake.
 */
export interface SlotFiles {
  readonly main: number;
  readonly queue: number;
}

/** Lock files of numbered slots, opened when first needed and kept, one descriptor per file and session. */
export class FlockFiles {
  readonly #directory: string;
  readonly #open = new Map<number, SlotFiles>();
  readonly #count = Buffer.alloc(8);

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @throws IpcbenchError `FILE` when a lock file cannot be opened */
  of(slot: number): SlotFiles {
    let files = this.#open.get(slot);
    if (files === undefined) {
      files = { main: this.#openFile(slot, 'lock'), queue: this.#openFile(slot, 'queue') };
      this.#open.set(slot, files);
    }
    return files;
  }

  /** Whether the open file is still the one behind the name. A lock on a removed file excludes nobody. */
  isCurrent(files: SlotFiles): boolean {
    return fstatSync(files.main).nlink > 0;
  }

  /** Closes the slot's descriptors, which gives its locks up, so that {@link of} opens the files anew. */
  forget(slot: number): void {
    const files = this.#open.get(slot);
    if (files === undefined) return;
    this.#open.delete(slot);
    closeSync(files.main);
    closeSync(files.queue);
  }

  /** Removes the files of a slot that is held: whoever waits for it finds out by {@link isCurrent}. */
  remove(slot: number): void {
    for (const kind of ['queue', 'lock'] as const) unlinkSync(this.#path(slot, kind));
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Slots whose files are open. */
  opened(): number[] {
    return [...this.#open.keys()];
  }

  /** Slots that have a file in the directory, whoever made it; none when the directory is gone. */
  onDisk(): number[] {
    if (!existsSync(this.#directory)) return [];
    const slots = readdirSync(this.#directory).map((name) => /^slot-(\d+)\.(?:lock|queue)$/.exec(name)?.[1]);
    return [...new Set(slots.filter((slot) => slot !== undefined).map(Number))];
  }

  /** The number kept in the slot's lock file; 0 in a new one. */
  readCount(slot: number): number {
    return readSync(this.of(slot).main, this.#count, 0, 8, 0) === 8 ? Number(this.#count.readBigUInt64LE()) : 0;
  }

  writeCount(slot: number, count: number): void {
    this.#count.writeBigUInt64LE(BigInt(count));
    writeSync(this.of(slot).main, this.#count, 0, 8, 0);
  }

  /** libuv opens with O_CLOEXEC, so that no child inherits a lock; O_NOFOLLOW, so that a planted link leads nowhere. */
  #openFile(slot: number, kind: 'lock' | 'queue'): number {
    const path = this.#path(slot, kind);
    try {
      return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    } catch (error) {
      throw new IpcbenchError('FILE', `cannot open the lock file ${path}: ${messageOf(error)}`, { cause: error });
    }
  }

  #path(slot: number, kind: 'lock' | 'queue'): string {
    return join(this.#directory, `slot-${slot}.${kind}`);
  }
}
