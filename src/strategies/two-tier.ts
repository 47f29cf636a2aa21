import { managerOptions, managerPlan, orphansOption, reachOf } from './coordinator/manager.js';
import { managerSession } from './coordinator/manager-session.js';
import { maxHandoff } from './locks/cohort.js';
import { TwoTierLocks } from './locks/two-tier-locks.js';
import { stateOf, stateOption } from './state/state-option.js';
import { defineStrategy } from './strategy.js';

export default defineStrategy({
  name: 'two-tier',
  summary: 'A lock per key within the process first, then the lock pool among processes.',
  description: `An operation first takes its keys among the operations of its own process, which costs no call, then their slots of the coordinator's
lock pool. So of several operations of one process that want one key, one at most waits at the coordinator. Both tiers are released in
reverse order, on every path.

With handoff=n, the first tier is per slot, and a pool lock goes straight to the next operation of the same process that wants the slot, at
most n times in a row, before it is given back. Other processes wait up to n sections longer: look at sections per worker.

Calls per lock and unlock: acquire, release: 2; on average 2 / (n + 1) where hand-overs happen.

Exclusive, with the pool's false contention. A dead client's locks are released when its connections close (orphans=release).

Use it where one process has many operations in flight on the same keys; where it has few, it is lock-pool.`,
  options: {
    size: { type: 'integer', default: 256, min: 1, max: 999_999, describe: 'number of locks in the pool' },
    handoff: {
      type: 'integer',
      default: 0,
      min: 0,
      max: maxHandoff,
      describe: 'how many times in a row a pool lock is handed on within a process',
    },
    ...stateOption,
    orphans: orphansOption('release'),
    ...managerOptions,
  },
  resilience: reachOf,
  claims: () => ({ exclusion: true, noLostUpdates: true, maxStalenessMs: 0 }),
  coordinators: (options) => [managerPlan('manager', options, options.size)],
  connect: async (context) =>
    managerSession(context, (channels, holdings) => ({
      locks: new TwoTierLocks(channels.to('manager'), holdings, context.options.size, context.options.handoff),
      state: stateOf(context.options.state, () => channels.to('manager')),
    })),
});
