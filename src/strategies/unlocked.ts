import { managerOptions, managerPlan, reachOf } from './coordinator/manager.js';
import { managerSession } from './coordinator/manager-session.js';
import { noLocks } from './locks/no-locks.js';
import { ManagedState } from './state/managed-state.js';
import { defineStrategy } from './strategy.js';

export default defineStrategy({
  name: 'unlocked',
  summary: 'The shared state of single-manager without its locks.',
  description: `All dicts, queues and values live on one coordinator, as in single-manager; taking a lock does nothing.

Calls per lock and unlock: 0. Each read or write is one call that carries the whole value.

It guarantees nothing: critical sections overlap and updates are lost. Compare it with single-manager to see what guarding costs, and what
happens without.`,
  options: { ...managerOptions },
  resilience: reachOf,
  claims: () => ({ exclusion: false, noLostUpdates: false, maxStalenessMs: null }),
  coordinators: (options) => [managerPlan('manager', options)],
  connect: async (context) =>
    managerSession(context, (channels) => ({ locks: noLocks, state: new ManagedState(() => channels.to('manager')) })),
});
