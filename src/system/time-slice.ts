import { isIpcbenchError } from '../errors.js';
import { openLibc } from './libc.js';

// Source: sched_setattr(2), <linux/sched/types.h>; the numbers of system calls are each architecture's own.
const SYS: Partial<Record<NodeJS.Architecture, { get: number; set: number }>> = {
  x64: { get: 315, set: 314 },
  arm64: { get: 275, set: 274 },
  riscv64: { get: 275, set: 274 },
  loong64: { get: 275, set: 274 },
};
/** struct sched_attr: size (4), policy (4), flags (8), nice (4), priority (4), run time (8), deadline (8), period (8). */
const SCHED_ATTR_BYTES = 48;
const SCHED_OTHER = 0;
const SCHED_FLAG_RESET_ON_FORK = 1n;
/** The shortest that Linux gives. */
const SLICE_NS = 100_000n;

/**
 * Has the scheduler run this process' main thread often and briefly: when it wakes, it need not wait until somebody's full slice (some
 * milliseconds) is over. Its share of the processor stays what it is, what it starts has ordinary slices, and no privilege is needed.
 * @returns whether the kernel knows slices of a thread's own (Linux 6.12 and later)
 */
export async function shortenTimeSlice(): Promise<boolean> {
  const numbers = process.platform === 'linux' ? SYS[process.arch] : undefined;
  if (numbers === undefined) return false;
  try {
    const { library } = await openLibc();
    const get = library.func('long syscall(long number, int thread, void *attributes, uint32_t size, uint32_t flags)');
    const set = library.func('long syscall(long number, int thread, void *attributes, uint32_t flags)');
    const attributes = Buffer.alloc(SCHED_ATTR_BYTES);
    if (get(numbers.get, process.pid, attributes, SCHED_ATTR_BYTES, 0) !== 0) return false;
    // Kernels that know no such slices tell 0; deadline and real-time threads have no use for one.
    if (attributes.readUInt32LE(4) !== SCHED_OTHER || attributes.readBigUInt64LE(24) === 0n) return false;
    attributes.writeBigUInt64LE(SCHED_FLAG_RESET_ON_FORK, 8);
    attributes.writeBigUInt64LE(SLICE_NS, 24);
    return set(numbers.set, process.pid, attributes, 0) === 0;
  } catch (error) {
    if (isIpcbenchError(error, 'UNAVAILABLE')) return false;
    throw error;
  }
}
