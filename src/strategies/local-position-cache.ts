import { managerOptions, managerPlan, orphansOption } from './coordinator/manager.js';
import { managerSession } from './coordinator/manager-session.js';
import { PoolLocks } from './locks/pool-locks.js';
import { localPositionClaims, localPositionOptions, openLocalPositions } from './state/local-positions.js';
import { stateOf, stateOption } from './state/state-option.js';
import { defineStrategy } from './strategy.js';

export default defineStrategy({
  name: 'local-position-cache',
  summary:
    'Positions in files, copies of them in each process; the coordinator only says which copies are out of date.',
  description: `Structures of group position are kept in one file per entry, replaced as a whole, which is the source of truth and outlives the
processes. Each process keeps copies of what it read or wrote, and the coordinator knows who has a copy of what. A write stores the file and then
tells the coordinator, which tells those that have a copy. All other structures are on the coordinator (state=managed-dict or rpc-server).

coherence=acknowledged, the default: a write ends only when every other process that had a copy has dropped it, or its lease has run out, so no read
that begins afterwards is stale. A process that is stopped delays writers by its lease, once. coherence=pushed: a write ends when the
coordinator knows of it; a process that has not heard yet reads a stale copy, even under the lock, and may overwrite what it did not see.

Calls: reading a position 0 from a copy, else 1 besides the file; writing it 1 besides the file. Lock and unlock: 2, by the lock pool.

Exclusive by the lock pool, with its false contention. Use it where positions are read far more often than written; reads of all
positions read the files.`,
  options: {
    size: { type: 'integer', default: 256, min: 1, max: 999_999, describe: 'number of locks in the pool' },
    ...localPositionOptions,
    ...stateOption,
    orphans: orphansOption('release'),
    ...managerOptions,
  },
  claims: localPositionClaims,
  coordinators: (options) => [managerPlan('manager', options, options.size)],
  connect: async (context) =>
    managerSession(context, async (channels, holdings) => {
      const channel = channels.to('manager');
      const rest = stateOf(context.options.state, () => channel);
      return {
        locks: new PoolLocks(channel, holdings, context.options.size),
        ...(await openLocalPositions(context, channel, rest)),
      };
    }),
});
