import { managerOptions, managerPlan, orphansOption, reachOf } from './coordinator/manager.js';
import { managerSession } from './coordinator/manager-session.js';
import { KeyedLocks } from './locks/keyed-locks.js';
import { RpcState } from './state/rpc-state.js';
import { defineStrategy } from './strategy.js';

export default defineStrategy({
  name: 'rpc-server',
  summary:
    'A server with methods beside the data: patch a field, update a batch, replace all, lock a key, each in one call.',
  description: `What crosses is the change, not the value. Reading a field, patching fields in place, appending to a list, patching or storing many entries,
replacing all and clearing are one call each and run next to the data. Locks are the server's own, per key; an order's last write
and its release travel in one call.

Calls per lock and unlock: 2, or 1 where a last write carries the release. A patch of one field in a 100 KB value is one small call
where a managed dict moves the value twice; a batch of 1,000 small writes is one call.

Exclusive per key. A patch alone loses no other patch, even without a lock. A dead client's locks are released when its connections close
(orphans=release).

Use it where values are large and changes small, or where changes come in bulk. Reading whole values costs what it costs with a managed dict.`,
  options: { orphans: orphansOption('release'), ...managerOptions },
  resilience: reachOf,
  claims: () => ({ exclusion: true, noLostUpdates: true, maxStalenessMs: 0 }),
  coordinators: (options) => [managerPlan('server', options)],
  connect: async (context) =>
    managerSession(context, (channels, holdings) => ({
      locks: new KeyedLocks(channels.to('server'), holdings, true),
      state: new RpcState(() => channels.to('server')),
    })),
});
