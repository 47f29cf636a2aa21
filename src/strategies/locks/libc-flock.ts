import { errnoCodes, type Libc } from '../../system/libc.js';

/** flock(2) on open descriptors. */
export interface Flock {
  /** Takes the lock now; false when another descriptor holds it. */
  tryLock(descriptor: number): boolean;
  /** Takes the lock together with others that share it. Blocks for as long as somebody has it alone. */
  share(descriptor: number): void;
  /** Blocks this thread until it has the lock; false when a signal came first. */
  lock(descriptor: number): boolean;
  unlock(descriptor: number): void;
}

/** The system call said no, for a reason other than somebody else's lock. */
export class FlockError extends Error {
  readonly errno: number;

  constructor(errno: number) {
    super(`flock(2) failed with errno ${errno}`);
    this.errno = errno;
  }
}

// Source: flock(2), <sys/file.h>
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const LOCK_UN = 8;

/** @throws FlockError from every function, when the system refuses (a file system without locks, a closed descriptor) */
export function bindFlock(libc: Libc): Flock {
  const flock = libc.library.func('int flock(int fd, int operation)');
  const taken = (descriptor: number, operation: number, otherwise: number): boolean => {
    if (flock(descriptor, operation) === 0) return true;
    const errno = libc.errno();
    if (errno === otherwise) return false;
    throw new FlockError(errno);
  };
  return {
    tryLock: (descriptor) => taken(descriptor, LOCK_EX | LOCK_NB, errnoCodes.EAGAIN),
    share: (descriptor) => {
      while (!taken(descriptor, LOCK_SH, errnoCodes.EINTR));
    },
    lock: (descriptor) => taken(descriptor, LOCK_EX, errnoCodes.EINTR),
    unlock: (descriptor) => {
      taken(descriptor, LOCK_UN, errnoCodes.EINTR);
    },
  };
}
