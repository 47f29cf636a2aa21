import { randomUUID } from 'node:crypto';
import { closeSync, constants, fstatSync, ftruncateSync, linkSync, openSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { IpcbenchError, messageOf, systemCodeOf } from '../../errors.js';
import type { Libc } from '../../system/libc.js';
import { bindFlock } from './libc-flock.js';
import { type Mapping, mapFile } from './libc-mmap.js';
import { bindRobustMutex, MUTEX_BYTES } from './libc-mutex.js';

/** Where things are in the mapped file, in 32-bit words. A header comes first, then a block per slot, each on cache lines of its own. */
export const layout = {
  headerWords: 64,
  slotWords: (MUTEX_BYTES + 64 + 64) / 4,
  /** In the header. */
  sizeWord: 1,
  futexWord: 2,
  bootWords: 16,
  /** In a slot: the mutex first, then the queue's words, then the words that its waiters sleep on. */
  headWord: MUTEX_BYTES / 4,
  tailWord: MUTEX_BYTES / 4 + 1,
  grantsWord: MUTEX_BYTES / 4 + 2,
  turnWords: MUTEX_BYTES / 4 + 16,
  turns: 16,
} as const;

const FORMAT = 0x6970_6c31;
const BOOT_ID_BYTES = 36;

export interface Region {
  mapping: Mapping;
  /** Which word of a mutex the kernel puts its owner's thread id in. */
  futexWord: number;
  lengthBytes: number;
  /** Gives up the file, and removes it with its last user. The mapping stays until it is unmapped. */
  leave(): void;
}

/** First word of a slot's block. */
export const slotStart = (slot: number): number => layout.headerWords + slot * layout.slotWords;

/**
 * Maps the file `locks` of `directory`, which the first process makes: complete under another name, then linked to its own, so that
 * nobody ever maps a half-made one. Who has it mapped shares a flock(2) on it, so that the last one can tell, and removes it.
 * @throws IpcbenchError `FILE` when it cannot be made or mapped, has another size, or is from before the machine's last start
 */
export function openRegion(libc: Libc, directory: string, size: number): Region {
  const path = join(directory, 'locks');
  const lengthBytes = (layout.headerWords + size * layout.slotWords) * 4;
  try {
    const descriptor = openShared(libc, path, size, lengthBytes);
    try {
      const { mapping, futexWord } = mapChecked(libc, descriptor, size, lengthBytes);
      return { mapping, futexWord, lengthBytes, leave: () => leave(libc, descriptor, path) };
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  } catch (error) {
    throw new IpcbenchError('FILE', `cannot use the lock memory ${path}: ${messageOf(error)}`, { cause: error });
  }
}

function openShared(libc: Libc, path: string, size: number, lengthBytes: number): number {
  const flock = bindFlock(libc);
  for (;;) {
    const descriptor = openExisting(path) ?? create(libc, path, size, lengthBytes);
    if (descriptor === undefined) continue;
    flock.share(descriptor);
    if (fstatSync(descriptor).nlink > 0) return descriptor;
    // The last user before us removed it while we were coming.
    closeSync(descriptor);
  }
}

function openExisting(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Undefined when another process was faster. */
function create(libc: Libc, path: string, size: number, lengthBytes: number): number | undefined {
  const draft = `${path}.${randomUUID()}`;
  const descriptor = openSync(draft, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    ftruncateSync(descriptor, lengthBytes);
    const mapping = mapFile(libc, descriptor, lengthBytes);
    fill(libc, mapping, size);
    mapping.unmap();
    linkSync(draft, path);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    if (systemCodeOf(error) === 'EEXIST') return undefined;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

/** Removes the file if nobody else has it mapped, and gives up the share in it. */
function leave(libc: Libc, descriptor: number, path: string): void {
  try {
    if (bindFlock(libc).tryLock(descriptor) && fstatSync(descriptor).nlink > 0) unlinkSync(path);
  } catch (error) {
    // Whoever removed the whole directory has done it for us.
    if (systemCodeOf(error) !== 'ENOENT') throw error;
  } finally {
    closeSync(descriptor);
  }
}

function mapChecked(
  libc: Libc,
  descriptor: number,
  size: number,
  lengthBytes: number,
): Pick<Region, 'mapping' | 'futexWord'> {
  if (fstatSync(descriptor).size !== lengthBytes)
    throw new Error(`it was made for another number of locks than ${size}`);
  const mapping = mapFile(libc, descriptor, lengthBytes);
  try {
    checkHeader(mapping, size);
    return { mapping, futexWord: mapping.words[layout.futexWord] ?? 0 };
  } catch (error) {
    mapping.unmap();
    throw error;
  }
}

function fill(libc: Libc, { address, words }: Mapping, size: number): void {
  const mutexes = bindRobustMutex(libc);
  for (let slot = 0; slot < size; slot++) mutexes.init(address + BigInt(slotStart(slot) * 4));
  words[0] = FORMAT;
  words[layout.sizeWord] = size;
  words[layout.futexWord] = futexWordOf(libc, address, words);
  bootIdIn(words).write(bootId());
}

/** Takes a mutex and looks where the thread's id turns up. */
function futexWordOf(libc: Libc, address: bigint, words: Int32Array): number {
  const mutexes = bindRobustMutex(libc);
  const first = slotStart(0);
  const mutex = address + BigInt(first * 4);
  const thread: number = libc.library.func('int gettid()')();
  mutexes.tryLock(mutex);
  const word = words.subarray(first, first + MUTEX_BYTES / 4).indexOf(thread);
  mutexes.unlock(mutex);
  if (word < 0) throw new Error('this C library keeps the owner of a mutex in an unknown place');
  return word;
}

function checkHeader({ words }: Mapping, size: number): void {
  if (words[0] !== FORMAT || words[layout.sizeWord] !== size) throw new Error('it is something else: remove it');
  if (bootIdIn(words).toString('latin1') !== bootId())
    throw new Error("it is from before the machine's last start, and may hold locks of processes long gone: remove it");
}

const bootIdIn = (words: Int32Array): Buffer =>
  Buffer.from(words.buffer, words.byteOffset + layout.bootWords * 4, BOOT_ID_BYTES);

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, BOOT_ID_BYTES);
