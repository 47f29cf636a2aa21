import { managerOptions, managerPlan, orphansOption, reachOf } from './coordinator/manager.js';
import { managerSession } from './coordinator/manager-session.js';
import { managerNames, routeTo, routingContradiction, routingOptions } from './coordinator/routing.js';
import { DynamicLocks, dynamicLockOptions, lockDict } from './locks/dynamic-locks.js';
import { stateOf, stateOption } from './state/state-option.js';
import { defineStrategy } from './strategy.js';

export default defineStrategy({
  name: 'multi-manager',
  summary: 'Single-manager split over three coordinators: positions and locks, ledgers, everything else.',
  description: `The same dicts, queues, values and dynamic locks as single-manager, on several coordinators. By default three: one for
structures of group position and all locks, one for ledgers, one for the rest; routing=hash spreads structures by their name instead, over
any number.

Calls per lock and unlock: as single-manager (6 with proxy=fresh, 4 with proxy=kept, more for a new key).

Guarantees are those of single-manager, its race with create=check and its orphaned locks included. More memory: one process each.

Use it where bulk readers and writers of one group keep the coordinator busy: orders then no longer wait behind them. It helps little
when the locks themselves are the load, since they stay on one coordinator.`,
  options: {
    ...routingOptions,
    ...dynamicLockOptions,
    ...stateOption,
    orphans: orphansOption('hold'),
    ...managerOptions,
  },
  resilience: reachOf,
  claims: () => ({ exclusion: true, noLostUpdates: true, maxStalenessMs: 0 }),
  contradiction: routingContradiction,
  coordinators: (options) => managerNames(options).map((name) => managerPlan(name, options)),
  connect: async (context) =>
    managerSession(context, (channels, holdings) => {
      const [first = ''] = managerNames(context.options);
      const route = routeTo(context.options, context.structures);
      return {
        locks: new DynamicLocks(channels.to(first), holdings, context.options, () => lockDict),
        state: stateOf(context.options.state, (structure) => channels.to(route(structure))),
      };
    }),
});
