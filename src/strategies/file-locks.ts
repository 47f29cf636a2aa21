import { messageOf } from '../errors.js';
import { openLibc } from '../system/libc.js';
import { managerOptions, managerPlan } from './coordinator/manager.js';
import { directoryFault, removesSafely } from './locks/flock-directory.js';
import { openFlockSlots } from './locks/flock-slots.js';
import { kernelSlotSession } from './locks/kernel-slot-session.js';
import { stateOption } from './state/state-option.js';
import { defineStrategy } from './strategy.js';

export default defineStrategy({
  name: 'file-locks',
  summary: 'flock(2) on one of a fixed number of files: the kernel keeps the locks.',
  description: `sha256(key) modulo the size picks the lock file of a key, the same in every process; a key is never a path. The lock is an exclusive
flock(2), tried without blocking first: alone, lock and unlock are a few system calls on descriptors that are kept. A second file per slot
is a turnstile: whoever waits holds it meanwhile, so a process that comes straight back can't overtake a waiter that the kernel has yet to
wake. Waits block in threads of the strategy's own, never in libuv's pool, which four of them would fill. Operations of one process queue
in order behind one of them, and turns go round the processes. Several keys are taken in slot order, each slot once, all or none.

Calls per lock and unlock: 0 (five system calls alone, seven with fencing=true). State is on a coordinator, one call per access.

Exclusive, also between machines where the file system's locks are (docs/file-locks.md says what NFS does). When the holder dies, however
it dies, the kernel gives its locks to the next waiter at once; nothing tells that one what the dead one left half done. A holder that is
stopped keeps its locks: nothing expires. fencing=true counts grants in the lock files, for a store that refuses late writers.

Use it where processes share a machine, sections are short or long, and nobody wants to run a server for locks; shared-memory is faster
still, but only ever on one machine.`,
  options: {
    size: { type: 'integer', default: 256, min: 1, max: 65_536, describe: 'number of lock files' },
    directory: {
      type: 'text',
      default: '',
      describe: "existing directory for the lock files; without it, the run's own private folder",
    },
    threads: {
      type: 'integer',
      default: 4,
      min: 1,
      max: 64,
      describe:
        'threads of one client that may wait in the kernel at once (8 MB and 40 ms of start-up each); further waits poll',
    },
    fencing: {
      type: 'boolean',
      default: false,
      describe: 'count grants in the lock file, as fencing tokens (about 2 us each)',
    },
    ...stateOption,
    ...managerOptions,
  },
  resilience: () => ({ lostCoordinator: 'locks go on', machines: 'shared mount' }),
  claims: () => ({ exclusion: true, noLostUpdates: true, maxStalenessMs: 0 }),
  unavailable: async ({ directory }) => {
    try {
      await openLibc();
      return directory === '' ? undefined : await directoryFault(directory);
    } catch (error) {
      return messageOf(error);
    }
  },
  coordinators: (options) => [managerPlan('manager', options)],
  connect: async (context) => {
    const { threads, fencing } = context.options;
    const directory = context.options.directory === '' ? context.directory : context.options.directory;
    const tidy = !fencing && (await removesSafely(directory));
    return kernelSlotSession(context, await openFlockSlots({ directory, threads, fencing, tidy }));
  },
});
