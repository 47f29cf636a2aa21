import { managerOptions, managerPlan, reachOf } from './coordinator/manager.js';
import { managerSession } from './coordinator/manager-session.js';
import { CachedLocks } from './locks/cached-locks.js';
import { stateOf, stateOption } from './state/state-option.js';
import { defineStrategy } from './strategy.js';

export default defineStrategy({
  name: 'local-lock-cache',
  summary:
    "Each process remembers the lock of a key, so that it is looked up once. mode=as-written excludes no other process' operations.",
  description: `A process looks the lock of a key up once and keeps its proxy for ever.

mode=atomic, the default: the coordinator hands out one lock per key, whoever asks first making it; the process keeps the id. Exclusive.

mode=as-written, as teams usually write it: the shared dict only registers the key, and each process makes a lock of its own for it. It
excludes operations of the same process and nobody else: two processes are in the critical section together. It is here so that it is seen to fail.

Calls per lock and unlock: acquire, release: 2 once a key is known; one more for a new key (atomic), two or three more (as-written).

A dead client's locks are released when its connections close (mode=atomic) or stay locked for ever (mode=as-written, where nobody else
waits for them); orphans=hold or orphans=release says otherwise. The cache grows with every key ever used, in every process.

Use mode=atomic where locks have to stay objects of the manager; keyed-locks needs no cache for the same 2 calls.`,
  options: {
    mode: {
      type: 'choice',
      default: 'atomic',
      choices: ['atomic', 'as-written'],
      describe:
        'one lock per key for all processes (atomic), or one for each process (as-written: excludes nobody else)',
    },
    orphans: {
      type: 'choice',
      default: 'by-mode',
      choices: ['by-mode', 'hold', 'release'],
      describe: "a dead client's locks: by-mode is release for atomic and hold for as-written",
    },
    ...stateOption,
    ...managerOptions,
  },
  resilience: (options) => ({ ...reachOf(options), ...(options.mode === 'as-written' ? { exclusive: 'no' } : {}) }),
  claims: () => ({ exclusion: true, noLostUpdates: true, maxStalenessMs: 0 }),
  coordinators: ({ mode, orphans, ...options }) => {
    const byMode = mode === 'atomic' ? 'release' : 'hold';
    return [managerPlan('manager', { ...options, orphans: orphans === 'by-mode' ? byMode : orphans })];
  },
  connect: async (context) =>
    managerSession(context, (channels, holdings) => ({
      locks: new CachedLocks(channels.to('manager'), holdings, context.options.mode),
      state: stateOf(context.options.state, () => channels.to('manager')),
    })),
});
