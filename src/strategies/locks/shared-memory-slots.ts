import { IpcbenchError, messageOf } from '../../errors.js';
import { type Libc, openLibc } from '../../system/libc.js';
import type { KernelSlots, QueueOutcome } from './kernel-slots.js';
import { bindFutex } from './libc-futex.js';
import { bindRobustMutex, type RobustMutex } from './libc-mutex.js';
import { layout, openRegion, type Region, slotStart } from './shared-memory-region.js';
import { SlotTurns } from './shared-memory-turns.js';
import { SharedMemoryWaits } from './shared-memory-waits.js';

export interface SharedMemorySlotsOptions {
  /** Private folder of those who share the locks; on a local file system. */
  directory: string;
  size: number;
  /** False: waits poll, as on kernels before Linux 5.16. */
  futexWaitv: boolean;
}

/** Opens slots kept by robust mutexes in a file that all processes map. */
export async function openSharedMemorySlots(options: SharedMemorySlotsOptions): Promise<SharedMemorySlots> {
  const libc = await openLibc();
  const slots = new SharedMemorySlots(libc, openRegion(libc, options.directory, options.size), options.futexWaitv);
  await slots.ready;
  return slots;
}

interface Place {
  /** Absent: nobody wants the slot any more, but the ticket is still to be passed on. */
  taken?: (outcome: QueueOutcome) => void;
}

/**
 * Slots kept by robust mutexes in shared memory. The thread that opened them, and no other, owns every mutex it takes: it takes and
 * gives without blocking, and a thread beside it sleeps until that is worth trying.
 */
export class SharedMemorySlots implements KernelSlots {
  readonly grants: NonNullable<KernelSlots['grants']>;
  readonly #region: Region;
  readonly #mutexes: RobustMutex;
  readonly #turns: SlotTurns;
  readonly #waits: SharedMemoryWaits;
  /** This process' places in the queues, by slot. */
  readonly #places = new Map<number, Place>();
  /** Slots that are held, and whose holder before died. */
  readonly #afterDeath = new Set<number>();
  readonly #processExits = (): void => this.#region.leave();

  /** Settles once this process can wait for a slot as well as take one. */
  readonly ready: Promise<void>;

  constructor(libc: Libc, region: Region, futexWaitv: boolean) {
    this.#region = region;
    this.#mutexes = bindRobustMutex(libc);
    const { address, words } = region.mapping;
    this.#turns = new SlotTurns(words, address, region.futexWord, bindFutex(libc, futexWaitv));
    this.#waits = new SharedMemoryWaits(libc, region, futexWaitv, {
      free: ({ slot, ticket }) => this.#turnHasCome(slot, ticket),
      failed: (reason) => this.#failAll(reason),
    });
    this.ready = this.#waits.ready;
    process.on('exit', this.#processExits);
    const counts = new BigInt64Array(words.buffer);
    const countOf = (slot: number): number => (slotStart(slot) + layout.grantsWord) / 2;
    this.grants = {
      read: (slot) => Number(counts[countOf(slot)]),
      write: (slot, count) => {
        counts[countOf(slot)] = BigInt(count);
      },
    };
  }

  tryTake(slot: number): boolean {
    return this.#turns.nobodyWaits(slot) && this.#tryMutex(slot);
  }

  queue(slot: number, taken: (outcome: QueueOutcome) => void): void {
    const place = this.#places.get(slot);
    if (place !== undefined) {
      place.taken = taken;
      return;
    }
    this.#places.set(slot, { taken });
    this.#waits.wait({ slot, ticket: this.#turns.draw(slot) });
  }

  leave(slot: number): void {
    const place = this.#places.get(slot);
    const taken = place?.taken;
    delete place?.taken;
    taken?.({ kind: 'left' });
  }

  give(slot: number): void {
    this.#afterDeath.delete(slot);
    this.#system(() => this.#mutexes.unlock(this.#mutexOf(slot)));
  }

  previousHolderDied(slot: number): boolean {
    return this.#afterDeath.has(slot);
  }

  nameOf(slot: number): string {
    return `slot-${slot}`;
  }

  async close(): Promise<void> {
    await this.#waits.close();
    process.off('exit', this.#processExits);
    this.#places.clear();
    this.#region.leave();
    this.#region.mapping.unmap();
  }

  #turnHasCome(slot: number, ticket: number): void {
    const place = this.#places.get(slot);
    if (place === undefined) return;
    try {
      if (place.taken !== undefined && !this.#tryMutex(slot)) {
        // Somebody has come in between: the ticket is still good.
        this.#waits.wait({ slot, ticket });
        return;
      }
      this.#places.delete(slot);
      this.#turns.advance(slot, ticket);
      place.taken?.({ kind: 'taken' });
    } catch (error) {
      this.#failAll(messageOf(error));
    }
  }

  #tryMutex(slot: number): boolean {
    const result = this.#system(() => this.#mutexes.tryLock(this.#mutexOf(slot)));
    if (result === 'afterDeath') this.#afterDeath.add(slot);
    return result !== 'busy';
  }

  #failAll(reason: string): void {
    const places = [...this.#places.values()];
    this.#places.clear();
    const error = new IpcbenchError('LOCK_LOST', `cannot wait for a lock in shared memory: ${reason}`);
    for (const place of places) place.taken?.({ kind: 'failed', error });
  }

  #mutexOf(slot: number): bigint {
    return this.#region.mapping.address + BigInt(slotStart(slot) * 4);
  }

  #system<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw new IpcbenchError('LOCK_LOST', `a lock in shared memory failed: ${messageOf(error)}`, { cause: error });
    }
  }
}
