import { IpcbenchError } from '../../errors.js';
import { errnoCodes, type Libc } from '../../system/libc.js';

/** A word that a thread wants to sleep on for as long as it holds this value. */
export interface Watched {
  address: bigint;
  expected: number;
}

/** Sleeping on words in memory (futex(2)), also between processes. Waking up never means more than that it is time to look again. */
export interface Futex {
  /** Wakes every thread that sleeps on the word. */
  wakeAll(address: bigint): void;
  /** Whether {@link sleepOnAny} watches all words; otherwise it watches the first only, and the caller has to look more often. */
  readonly watchesMany: boolean;
  /** Sleeps until one of the words changes and is woken, `timeoutMs` at most. Blocks this thread. */
  sleepOnAny(words: readonly [Watched, ...Watched[]], timeoutMs: number): void;
}

/** futex_waitv takes no more (FUTEX_WAITV_MAX). */
export const MAX_WATCHED = 128;

// Source: <linux/futex.h>, futex(2); the numbers of system calls are each architecture's own up to 423, and common from 424 on.
const FUTEX_WAIT = 0;
const FUTEX_WAKE = 1;
const FUTEX_32 = 2;
const WAITV_BYTES = 24;
const CLOCK_MONOTONIC = 1;
const SYS_FUTEX_WAITV = 449;
const SYS_FUTEX: Partial<Record<NodeJS.Architecture, number>> = { x64: 202, arm64: 98, riscv64: 98, loong64: 98 };
const MAX_INT = 2 ** 31 - 1;

/**
 * @param manyAllowed false: as on a kernel without futex_waitv (before Linux 5.16, or behind a filter that does not know it)
 * @throws IpcbenchError `UNAVAILABLE` on a processor whose system call numbers are not known here
 */
export function bindFutex(libc: Libc, manyAllowed = true): Futex {
  const number = SYS_FUTEX[process.arch];
  if (number === undefined)
    throw new IpcbenchError(
      'UNAVAILABLE',
      `futex(2) is not known here on ${process.arch}: use x64 or arm64, or file-locks`,
    );
  const { library } = libc;
  const call = library.func('long syscall(long n, uintptr_t word, int op, uint32_t value, void *timeout)');
  const callMany = library.func(
    'long syscall(long n, void *waiters, uint32_t count, uint32_t flags, void *until, int clock)',
  );
  const watchesMany = manyAllowed && !isMissing(libc, () => callMany(SYS_FUTEX_WAITV, null, 0, 0, null, 0));
  const waiters = Buffer.alloc(WAITV_BYTES * MAX_WATCHED);
  const time = new BigInt64Array(2);
  const setTime = (ns: bigint): void => {
    time[0] = ns / 1_000_000_000n;
    time[1] = ns % 1_000_000_000n;
  };
  return {
    watchesMany,
    wakeAll: (address) => {
      call(number, address, FUTEX_WAKE, MAX_INT, null);
    },
    sleepOnAny: (words, timeoutMs) => {
      const timeoutNs = BigInt(Math.round(timeoutMs * 1e6));
      if (watchesMany) {
        for (const [index, word] of words.entries()) writeWaiter(waiters, index, word);
        setTime(process.hrtime.bigint() + timeoutNs);
        callMany(SYS_FUTEX_WAITV, waiters, words.length, 0, time, CLOCK_MONOTONIC);
      } else {
        setTime(timeoutNs);
        call(number, words[0].address, FUTEX_WAIT, words[0].expected >>> 0, time);
      }
    },
  };
}

/** A filter may answer EPERM where the kernel itself would say ENOSYS. */
function isMissing(libc: Libc, call: () => number): boolean {
  if (call() >= 0) return false;
  const errno = libc.errno();
  return errno === errnoCodes.ENOSYS || errno === errnoCodes.EPERM;
}

/** struct futex_waitv: value, address, flags; without the flag for private futexes, since other processes wake us. */
function writeWaiter(waiters: Buffer, index: number, { address, expected }: Watched): void {
  const offset = index * WAITV_BYTES;
  waiters.writeBigUInt64LE(BigInt(expected >>> 0), offset);
  waiters.writeBigUInt64LE(address, offset + 8);
  waiters.writeUInt32LE(FUTEX_32, offset + 16);
}
