import { noLocks } from './locks/no-locks.js';
import { noState } from './state/no-state.js';
import { defineStrategy } from './strategy.js';

export default defineStrategy({
  name: 'none',
  summary: 'Does nothing at all: what the harness itself costs.',
  description: `Every lock is granted at once, every read finds nothing, every write goes nowhere. No coordinator, no calls.

Its figures are the floor of the table: no strategy can be faster, and what it shows is the work in the trace plus the harness.

It guarantees nothing. Use it to read the other rows, never to share anything.`,
  options: {},
  claims: () => ({ exclusion: false, noLostUpdates: false, maxStalenessMs: null }),
  coordinators: () => [],
  connect: async () => ({ locks: noLocks, state: noState, close: async () => {} }),
});
