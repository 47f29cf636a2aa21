import { errnoCodes, type Libc } from '../../system/libc.js';

/** No pthread_mutex_t is larger on any 64-bit Linux (40 bytes on x86-64, 48 on arm64). */
export const MUTEX_BYTES = 64;

/**
 * Robust mutexes that processes share (pthread_mutexattr_setrobust(3)). A mutex belongs to the thread that took it, and the kernel keeps
 * a list of what each thread holds: when one dies, it marks its mutexes and wakes a waiter.
 */
export interface RobustMutex {
  /** Makes a new one in memory that nobody uses yet. */
  init(address: bigint): void;
  /** `afterDeath`: taken, and the thread that held it before has died. */
  tryLock(address: bigint): 'taken' | 'afterDeath' | 'busy';
  /** Only the thread that took it may. */
  unlock(address: bigint): void;
}

// Source: <pthread.h> of glibc and musl, which agree
const PTHREAD_PROCESS_SHARED = 1;
const PTHREAD_MUTEX_ROBUST = 1;
const MUTEXATTR_BYTES = 64;

/** @throws Error from every function, when the library answers with an error that is no answer */
export function bindRobustMutex(libc: Libc): RobustMutex {
  const { library } = libc;
  const trylock = library.func('int pthread_mutex_trylock(uintptr_t mutex)');
  const unlock = library.func('int pthread_mutex_unlock(uintptr_t mutex)');
  const consistent = library.func('int pthread_mutex_consistent(uintptr_t mutex)');
  const attributes = robustAttributes(libc);
  const init = library.func('int pthread_mutex_init(uintptr_t mutex, void *attributes)');
  return {
    init: (address) => succeed('pthread_mutex_init', init(address, attributes)),
    tryLock: (address) => {
      const result: number = trylock(address);
      if (result === 0) return 'taken';
      if (result === errnoCodes.EBUSY) return 'busy';
      if (result !== errnoCodes.EOWNERDEAD) throw new Error(`pthread_mutex_trylock(3) failed with error ${result}`);
      succeed('pthread_mutex_consistent', consistent(address));
      return 'afterDeath';
    },
    unlock: (address) => succeed('pthread_mutex_unlock', unlock(address)),
  };
}

function robustAttributes({ library }: Libc): Buffer {
  const attributes = Buffer.alloc(MUTEXATTR_BYTES);
  const set = (name: string, value: number): void =>
    succeed(name, library.func(`int ${name}(void *attributes, int value)`)(attributes, value));
  succeed('pthread_mutexattr_init', library.func('int pthread_mutexattr_init(void *attributes)')(attributes));
  set('pthread_mutexattr_setpshared', PTHREAD_PROCESS_SHARED);
  set('pthread_mutexattr_setrobust', PTHREAD_MUTEX_ROBUST);
  return attributes;
}

function succeed(name: string, result: number): void {
  if (result !== 0) throw new Error(`${name}(3) failed with error ${result}`);
}
