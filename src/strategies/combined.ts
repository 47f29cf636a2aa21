import { managerOptions, managerPlan, orphansOption } from './coordinator/manager.js';
import { managerSession } from './coordinator/manager-session.js';
import { managerNames, routeTo, routingContradiction, routingOptions } from './coordinator/routing.js';
import { PoolLocks } from './locks/pool-locks.js';
import { localPositionClaims, localPositionOptions, openLocalPositions } from './state/local-positions.js';
import { stateOf, stateOption } from './state/state-option.js';
import { defineStrategy } from './strategy.js';

export default defineStrategy({
  name: 'combined',
  summary: 'Three coordinators, a lock pool, and a local position cache together.',
  description: `The first coordinator keeps the lock pool and carries invalidations of positions, which are files with copies in each process
(local-position-cache); the second keeps ledgers, the third everything else (multi-manager). managers and routing say otherwise.

Calls per lock and unlock: acquire, release: 2. Reading a position 0 from a copy, else 1; writing it 1, besides the files; each access to other state 1.

Exclusive, with the pool's false contention; reads of positions are never stale with coherence=acknowledged. A dead client's locks are
released when its connections close (orphans=release).

Use it where orders, bulk ledgers and position reads all load one coordinator: what is left on the first is locks and invalidations.`,
  options: {
    ...routingOptions,
    size: { type: 'integer', default: 256, min: 1, max: 999_999, describe: 'number of locks in the pool' },
    ...localPositionOptions,
    ...stateOption,
    orphans: orphansOption('release'),
    ...managerOptions,
  },
  claims: localPositionClaims,
  contradiction: routingContradiction,
  coordinators: (options) =>
    managerNames(options).map((name, index) => managerPlan(name, options, index === 0 ? options.size : 0)),
  connect: async (context) =>
    managerSession(context, async (channels, holdings) => {
      const [first = ''] = managerNames(context.options);
      const route = routeTo(context.options, context.structures);
      const rest = stateOf(context.options.state, (structure) => channels.to(route(structure)));
      return {
        locks: new PoolLocks(channels.to(first), holdings, context.options.size),
        ...(await openLocalPositions(context, channels.to(first), rest)),
      };
    }),
});
