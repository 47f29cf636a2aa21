import { isMainThread } from 'node:worker_threads';
import { IpcbenchError } from '../errors.js';
import type { Libc } from './libc.js';

/** A timer of the kernel that wakes this process' main thread at an absolute time. As long as it is open, the process stays alive. */
export interface KernelTimer {
  /**
   * Wakes at this time and forgets the one set before.
   * @param absoluteNs of CLOCK_MONOTONIC, above 0; a time that has passed wakes at once
   */
  set(absoluteNs: bigint): void;
  close(): void;
}

// Source: timer_create(2), sigevent(3type), <time.h>, <signal.h>
const CLOCK_MONOTONIC = 1;
const TIMER_ABSTIME = 1;
const SIGALRM = 14;
const SIGEV_THREAD_ID = 4;
/** struct sigevent on 64 bits: value (8), signal (4), how to notify (4), thread id (4), and room for what else a C library keeps there. */
const SIGEVENT_BYTES = 64;
/** struct itimerspec: interval and first time, each in seconds and nanoseconds. */
const ITIMERSPEC_LONGS = 4;
const architectures: readonly NodeJS.Architecture[] = ['x64', 'arm64', 'riscv64', 'loong64'];

/** Of all timers of this process, since they share one signal: whoever is woken looks at the clock. */
const open = new Set<{ wake: () => void; close: () => void }>();
let listens = false;

/**
 * The expiry is a signal to the main thread, which gets it out of epoll_wait(2): one wake-up, where a thread that sleeps in its stead needs
 * two. SIGALRM belongs to this process from the first timer on.
 * @param wake called from the event loop
 * @throws IpcbenchError `UNAVAILABLE` where there is no such timer, or none is left
 */
export function createKernelTimer({ library, errno }: Libc, wake: () => void): KernelTimer {
  if (process.platform !== 'linux' || !architectures.includes(process.arch) || !isMainThread)
    throw new IpcbenchError('UNAVAILABLE', 'kernel timers are for the main thread, on Linux with 64 bits');
  listen();
  const id = create(library.func('int timer_create(int clock, void *event, _Out_ void **timer)'), errno);
  const settime = library.func('int timer_settime(void *timer, int flags, void *value, void *previous)');
  const remove = library.func('int timer_delete(void *timer)');
  const value = new BigInt64Array(ITIMERSPEC_LONGS);
  // A signal's listener does not keep the event loop going by itself.
  const alive = setInterval(() => {}, 2 ** 31 - 1);
  const close = (): void => {
    if (!open.delete(own)) return;
    clearInterval(alive);
    remove(id);
  };
  const own = { wake, close };
  open.add(own);
  return {
    set: (absoluteNs) => {
      if (!open.has(own)) return;
      value[2] = absoluteNs / 1_000_000_000n;
      value[3] = absoluteNs % 1_000_000_000n;
      settime(id, TIMER_ABSTIME, value, null);
    },
    close,
  };
}

function create(call: (clock: number, event: Buffer, timer: [unknown]) => number, errno: () => number): unknown {
  const event = Buffer.alloc(SIGEVENT_BYTES);
  event.writeInt32LE(SIGALRM, 8);
  event.writeInt32LE(SIGEV_THREAD_ID, 12);
  event.writeInt32LE(process.pid, 16);
  const timer: [unknown] = [null];
  if (call(CLOCK_MONOTONIC, event, timer) !== 0)
    throw new IpcbenchError('UNAVAILABLE', `timer_create(2) failed with errno ${errno()}`);
  return timer[0];
}

/** For good: without a listener, a signal that is still on its way would end the process. So would one that comes while it exits. */
function listen(): void {
  if (listens) return;
  listens = true;
  process.on('SIGALRM', () => {
    for (const { wake } of [...open]) wake();
  });
  process.on('exit', () => {
    for (const { close } of [...open]) close();
  });
}
