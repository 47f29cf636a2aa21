import { IpcbenchError, messageOf } from '../../errors.js';
import { openLibc } from '../../system/libc.js';
import { FlockFiles, type SlotFiles } from './flock-files.js';
import { FlockThreads } from './flock-threads.js';
import type { KernelSlots, QueueOutcome } from './kernel-slots.js';
import { bindFlock, type Flock } from './libc-flock.js';
import { bindThreadInterrupt } from './libc-signal.js';

/** Of each such slot two descriptors stay open; a slot beyond is opened for each use, which takes some 4 us more. */
const MAX_KEPT_SLOTS = 512;

export interface FlockSlotsOptions {
  directory: string;
  /** Threads that may wait at once, all started when opened; more waits than that look again every few milliseconds instead. */
  threads: number;
  /** Keeps a count of grants in each lock file. */
  fencing: boolean;
  /** When closed, removes the lock files that nobody uses, a dead process' included. Counts of grants go with them. */
  tidy: boolean;
}

/** Opens slots kept by flock(2) on files in one directory. */
export async function openFlockSlots(options: FlockSlotsOptions): Promise<FlockSlots> {
  const libc = await openLibc();
  const files = new FlockFiles(options.directory);
  const threads = new FlockThreads(bindThreadInterrupt(libc), options.threads);
  const slots = new FlockSlots(files, bindFlock(libc), threads, options);
  await threads.started();
  return slots;
}

/** Slots kept by flock(2): the kernel gives a slot back when its holder's descriptors close, however it ends. */
export class FlockSlots implements KernelSlots {
  readonly grants?: NonNullable<KernelSlots['grants']>;
  readonly #files: FlockFiles;
  readonly #flock: Flock;
  readonly #threads: FlockThreads;
  readonly #tidy: boolean;
  readonly #processExits = (): void => {
    this.#threads.abandon();
    this.#closeFiles();
  };

  constructor(files: FlockFiles, flock: Flock, threads: FlockThreads, options: { fencing: boolean; tidy: boolean }) {
    this.#files = files;
    this.#flock = flock;
    this.#threads = threads;
    this.#tidy = options.tidy;
    process.on('exit', this.#processExits);
    if (options.fencing) {
      this.grants = {
        read: (slot) => files.readCount(slot),
        write: (slot, count) => files.writeCount(slot, count),
      };
    }
  }

  tryTake(slot: number): boolean {
    for (;;) {
      const files = this.#files.of(slot);
      if (!this.#system(() => this.#tryFiles(files))) return false;
      if (this.#files.isCurrent(files)) return true;
      this.#files.forget(slot);
    }
  }

  queue(slot: number, taken: (outcome: QueueOutcome) => void): void {
    this.#threads.wait(slot, {
      files: () => this.#files.of(slot),
      tryNow: () => this.tryTake(slot),
      finish: (outcome) => {
        const stale = outcome.kind === 'taken' && !this.#files.isCurrent(this.#files.of(slot));
        if (stale) this.#files.forget(slot);
        taken(stale ? { kind: 'left' } : outcome);
      },
    });
  }

  leave(slot: number): void {
    this.#threads.cancel(slot);
  }

  give(slot: number): void {
    if (this.#files.openCount > MAX_KEPT_SLOTS) this.#files.forget(slot);
    else this.#system(() => this.#flock.unlock(this.#files.of(slot).main));
  }

  /** A file does not tell. */
  previousHolderDied(): boolean {
    return false;
  }

  nameOf(slot: number): string {
    return `slot-${slot}`;
  }

  async close(): Promise<void> {
    await this.#threads.close();
    process.off('exit', this.#processExits);
    this.#closeFiles();
  }

  /** Closing a descriptor gives its lock up. */
  #closeFiles(): void {
    for (const slot of this.#files.opened()) this.#files.forget(slot);
    if (this.#tidy) for (const slot of this.#files.onDisk()) this.#removeUnused(slot);
  }

  /** Through the turnstile and out of it again: refused when anybody is waiting in it. */
  #tryFiles(files: SlotFiles): boolean {
    if (!this.#flock.tryLock(files.queue)) return false;
    try {
      return this.#flock.tryLock(files.main);
    } finally {
      this.#flock.unlock(files.queue);
    }
  }

  /** Only the holder of both files may remove them. */
  #removeUnused(slot: number): void {
    try {
      const files = this.#files.of(slot);
      if (!this.#flock.tryLock(files.queue) || !this.#flock.tryLock(files.main)) return;
      if (this.#files.isCurrent(files)) this.#files.remove(slot);
    } catch {
      // The directory is gone, or not ours any more: then there is nothing to remove.
    } finally {
      this.#files.forget(slot);
    }
  }

  #system<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw new IpcbenchError('FILE', `cannot lock a file: ${messageOf(error)}`, { cause: error });
    }
  }
}
