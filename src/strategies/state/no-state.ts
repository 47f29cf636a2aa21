import type { State } from '../strategy.js';

/** Keeps nothing and finds nothing. */
export const noState: State = {
  get: async () => undefined,
  set: async () => {},
  patch: async (_, __, patch) => ({ ...patch.add }),
  patchMany: async (_, patches) => patches.map(([, patch]) => ({ ...patch.add })),
  delete: async () => {},
  keys: async () => [],
  entries: async () => [],
  setMany: async () => {},
  replaceAll: async () => {},
  clear: async () => {},
  put: async () => {},
  take: async () => undefined,
};
