import { managerOptions, managerPlan, orphansOption, reachOf } from './coordinator/manager.js';
import { managerSession } from './coordinator/manager-session.js';
import { KeyedLocks } from './locks/keyed-locks.js';
import { ManagedState } from './state/managed-state.js';
import { defineStrategy } from './strategy.js';

export default defineStrategy({
  name: 'managed-dict',
  summary:
    'State in managed dicts: every access is a call that carries the whole value. The baseline of the state strategies.',
  description: `Structures are dicts behind proxies, as multiprocessing.Manager().dict() has them. A value is decoded when it arrives and encoded again for
each reader. Changing one field reads and writes back the whole value (2 calls); several, one after another; replacing all of 100 keys is
one keys(), a del for each stale key, and one update(); clear() is one call. A change to a fetched copy is lost unless it is stored back.

Calls per lock and unlock: 2, by the coordinator's lock table, as in keyed-locks and rpc-server: so that what differs from rpc-server
is the state alone.

Exclusive per key; no update is lost as long as whoever changes a value holds its lock from reading to writing.

Use it as the baseline of state strategies.`,
  options: { orphans: orphansOption('release'), ...managerOptions },
  resilience: reachOf,
  claims: () => ({ exclusion: true, noLostUpdates: true, maxStalenessMs: 0 }),
  coordinators: (options) => [managerPlan('manager', options)],
  connect: async (context) =>
    managerSession(context, (channels, holdings) => ({
      locks: new KeyedLocks(channels.to('manager'), holdings, false),
      state: new ManagedState(() => channels.to('manager')),
    })),
});
