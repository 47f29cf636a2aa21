import { managerOptions, managerPlan, orphansOption, reachOf } from './coordinator/manager.js';
import { managerSession } from './coordinator/manager-session.js';
import { KeyedLocks } from './locks/keyed-locks.js';
import { stateOf, stateOption } from './state/state-option.js';
import { defineStrategy } from './strategy.js';

export default defineStrategy({
  name: 'keyed-locks',
  summary: "The coordinator's own lock table: acquire and release by key, one call each.",
  description: `The coordinator keeps a table of locks by key. A lock comes into being when its key is asked for and goes when nobody holds or
wants it, so nothing is looked up, created or counted by clients and nothing accumulates. It knows who holds what: only the holder can
release, by the fencing token it was granted. Any number of keys is taken in one call, in sorted order on the server.

Calls per lock and unlock: acquire, release: 2, whatever the number of keys. With state=rpc-server the last write can travel with the release.

Exclusive, per key: no false contention. A dead client's locks are released when its connections close (orphans=release).

Use it wherever there is a coordinator anyway and you may change it: the fewest calls that locks on a coordinator can have, without a pool's
collisions and without locks that pile up.`,
  options: { ...stateOption, orphans: orphansOption('release'), ...managerOptions },
  resilience: reachOf,
  claims: () => ({ exclusion: true, noLostUpdates: true, maxStalenessMs: 0 }),
  coordinators: (options) => [managerPlan('manager', options)],
  connect: async (context) =>
    managerSession(context, (channels, holdings) => ({
      locks: new KeyedLocks(channels.to('manager'), holdings, context.options.state === 'rpc-server'),
      state: stateOf(context.options.state, () => channels.to('manager')),
    })),
});
