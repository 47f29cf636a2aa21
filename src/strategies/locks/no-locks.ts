import type { LockHandle, Locks } from '../strategy.js';

/** Grants everything at once and guards nothing. */
export const noLocks: Locks = {
  acquire: async (): Promise<LockHandle> => ({ fencingToken: undefined, release: async () => {} }),
};
