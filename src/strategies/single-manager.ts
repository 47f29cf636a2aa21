import { managerOptions, managerPlan, orphansOption, reachOf } from './coordinator/manager.js';
import { managerSession } from './coordinator/manager-session.js';
import { DynamicLocks, dynamicLockOptions, lockDict } from './locks/dynamic-locks.js';
import { stateOf, stateOption } from './state/state-option.js';
import { defineStrategy } from './strategy.js';

export default defineStrategy({
  name: 'single-manager',
  summary: 'One coordinator for everything; a lock for each key, made when first used and kept in a shared dict.',
  description: `What a Python service with one multiprocessing.Manager() does. Every dict, queue, value and lock lives on one coordinator. The
lock of a key is looked up in a shared dict and created there if it is new; it is never removed, so the dict grows with every key ever used.

Calls per lock and unlock (proxy=fresh): contains, fetch, one on a new connection to count the reference, acquire, release, one on a new
connection to drop the reference: 6, two of them with a connection and its authentication (4 messages). A new key costs 5 more, 4 of
them with a connection each. proxy=kept: contains, fetch, acquire, release: 4, and 2 more for a new key. create=atomic: one
call stands for contains, create, store and fetch. Each read or write is one call that carries the whole value.

Exclusive, except for a race with create=check: two processes that meet on a fresh key can each create a lock, and both get in. A client
that dies while holding leaves its locks locked for ever (orphans=hold). Waiters are served in order.

Use it as the baseline; with create=atomic, proxy=kept and orphans=release it is what the pattern can become without being rebuilt.`,
  options: { ...dynamicLockOptions, ...stateOption, orphans: orphansOption('hold'), ...managerOptions },
  resilience: reachOf,
  claims: () => ({ exclusion: true, noLostUpdates: true, maxStalenessMs: 0 }),
  coordinators: (options) => [managerPlan('manager', options)],
  connect: async (context) =>
    managerSession(context, (channels, holdings) => ({
      locks: new DynamicLocks(channels.to('manager'), holdings, context.options, () => lockDict),
      state: stateOf(context.options.state, () => channels.to('manager')),
    })),
});
