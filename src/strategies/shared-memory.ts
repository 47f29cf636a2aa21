import { messageOf } from '../errors.js';
import { openLibc } from '../system/libc.js';
import { managerOptions, managerPlan } from './coordinator/manager.js';
import { kernelSlotSession } from './locks/kernel-slot-session.js';
import { bindFutex } from './locks/libc-futex.js';
import { openSharedMemorySlots } from './locks/shared-memory-slots.js';
import { stateOption } from './state/state-option.js';
import { defineStrategy } from './strategy.js';

export default defineStrategy({
  name: 'shared-memory',
  summary: 'Robust mutexes in a file that all processes map: the floor for locks between processes of one machine.',
  description: `sha256(key) modulo the size picks the lock of a key, the same in every process. The lock is a robust process-shared pthread mutex in a
mapped file. Alone, lock and unlock are two function calls and no system call. A mutex belongs to a thread, so the main thread, which
never blocks, takes and gives every one of them; who has to wait draws a ticket, and one thread per client sleeps on the words of all
its tickets at once (futex_waitv) and says when trying is worth it. Tickets are served in order, first come, first served between
processes; operations of one process queue behind one of them and never share a mutex. Several keys are taken in slot order, each slot
once, all or none.

Calls per lock and unlock: 0. State is on a coordinator, one call per access.

Exclusive between the processes of one machine (and one pid namespace). When the holder dies, however it dies, the kernel marks its
locks and wakes the next one at once, and the handle says that the holder before died (previousHolderDied): what the lock guards may be
half written. A holder that is stopped keeps its locks: nothing expires. A process that is stopped, dead or busy in its turn is passed
over after 50 ms. Every grant is counted, so there are fencing tokens at no cost.

Use it where all clients share a machine and locks are taken so often that even a system call counts; file-locks does the same with
files, costs microseconds, and needs no particular processor.`,
  options: {
    size: { type: 'integer', default: 1024, min: 1, max: 65_536, describe: 'number of locks' },
    futexWaitv: {
      type: 'boolean',
      default: true,
      describe:
        'sleep on all words at once where the kernel can (Linux 5.16); false: look every millisecond, as on older kernels',
    },
    ...stateOption,
    ...managerOptions,
  },
  resilience: () => ({ lostCoordinator: 'locks go on' }),
  claims: () => ({ exclusion: true, noLostUpdates: true, maxStalenessMs: 0 }),
  unavailable: async () => {
    try {
      bindFutex(await openLibc());
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  },
  coordinators: (options) => [managerPlan('manager', options)],
  connect: async (context) => {
    const { directory, options } = context;
    return kernelSlotSession(context, await openSharedMemorySlots({ directory, ...options }));
  },
});
