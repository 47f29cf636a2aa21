import { IpcbenchError } from '../../errors.js';
import type { Libc } from '../../system/libc.js';

/** Gets threads of this process out of a blocking system call. */
export interface ThreadInterrupt {
  /** Names the calling thread, for `interrupt`. */
  currentThread(): number;
  /** The system call that `thread` is blocked in returns EINTR; does nothing to a thread that is in none. The thread must not have ended. */
  interrupt(thread: number): void;
}

const SIG_DFL = 0n;
/** At least sizeof(struct sigaction), whose first field is the handler. */
const STRUCT_SIGACTION_BYTES = 256;

/**
 * A thread that is blocked in the kernel ends with nothing but its call: a process with such a thread can't even exit. The way out is a
 * signal whose handler does nothing and that is marked not to restart calls (signal(7), siginterrupt(3)). Takes the first real-time
 * signal that nobody in this process handles; its handler is the C function `abs`, which is as good as none.
 */
export function bindThreadInterrupt(libc: Libc): ThreadInterrupt {
  const { library } = libc;
  const self = library.func('uintptr_t pthread_self()');
  const kill = library.func('int pthread_kill(uintptr_t thread, int signal)');
  let signal: number | undefined;
  return {
    currentThread: () => Number(self()),
    interrupt: (thread) => {
      signal ??= takeSignal(libc);
      kill(thread, signal);
    },
  };
}

function takeSignal({ library }: Libc): number {
  const query = library.func('int sigaction(int signal, void *action, void *previous)');
  const first: number = library.func('int __libc_current_sigrtmin()')();
  const last: number = library.func('int __libc_current_sigrtmax()')();
  const nothing = library.func('uintptr_t dlsym(uintptr_t library, const char *name)')(0, 'abs');
  const previous = Buffer.alloc(STRUCT_SIGACTION_BYTES);
  for (let signal = first; signal <= last; signal++) {
    query(signal, null, previous);
    const handler = previous.readBigUInt64LE(0);
    if (handler === BigInt(nothing)) return signal;
    if (handler !== SIG_DFL) continue;
    library.func('int siginterrupt(int signal, int interrupts)')(signal, 1);
    library.func('uintptr_t signal(int signal, uintptr_t handler)')(signal, nothing);
    return signal;
  }
  throw new IpcbenchError('UNAVAILABLE', 'file locks need one real-time signal, and this process handles all of them');
}
