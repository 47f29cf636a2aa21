import { managerOptions, managerPlan, orphansOption, reachOf } from './coordinator/manager.js';
import { managerSession } from './coordinator/manager-session.js';
import { PoolLocks } from './locks/pool-locks.js';
import { stateOf, stateOption } from './state/state-option.js';
import { defineStrategy } from './strategy.js';

export default defineStrategy({
  name: 'lock-pool',
  summary: 'A fixed number of locks made at start; a hash of the key picks one.',
  description: `The coordinator makes its locks once, at start. sha256(key) modulo the size picks the lock of a key, the same in every process, so
nothing is looked up and nothing is created. An operation with several keys takes their slots in ascending order, each slot once.

Calls per lock and unlock: acquire, release: 2, on connections that are kept. State is on the same coordinator, one call per access.

Exclusive. Two keys that share a slot wait for each other although they need not (false contention): with 5,000 keys and 256 locks some 20
keys share one, and how often they meet depends on how many are held at once. A dead client's locks are released when its
connections close (orphans=release).

Use it where lock look-ups and creation are the cost and keys are many; sweep the size to see where collisions stop to matter.`,
  options: {
    size: { type: 'integer', default: 256, min: 1, max: 999_999, describe: 'number of locks' },
    ...stateOption,
    orphans: orphansOption('release'),
    ...managerOptions,
  },
  resilience: reachOf,
  claims: () => ({ exclusion: true, noLostUpdates: true, maxStalenessMs: 0 }),
  coordinators: (options) => [managerPlan('manager', options, options.size)],
  connect: async (context) =>
    managerSession(context, (channels, holdings) => ({
      locks: new PoolLocks(channels.to('manager'), holdings, context.options.size),
      state: stateOf(context.options.state, () => channels.to('manager')),
    })),
});
