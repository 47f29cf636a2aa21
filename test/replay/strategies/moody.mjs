// Does what the key says: "fails" is refused after 30 ms, "never" is never answered, and the lock "stuck" is never granted.
import { setTimeout as sleep } from 'node:timers/promises';
import { defineStrategy, IpcbenchError } from 'ipcbench/strategies';

export default defineStrategy({
  name: 'moody',
  summary: 'Fails as its keys say.',
  description: 'For tests of the harness: errors, time-outs and calls that are never answered.',
  options: {},
  claims: () => ({ exclusion: false, noLostUpdates: false, maxStalenessMs: null }),
  coordinators: () => [],
  connect: async () => ({
    locks: {
      acquire: async ([key], { timeoutMs }) => {
        if (key === 'stuck') {
          await sleep(timeoutMs);
          throw new IpcbenchError('LOCK_TIMEOUT', `${key} was not granted within ${timeoutMs} ms`);
        }
        return { fencingToken: undefined, release: async () => {} };
      },
    },
    state: {
      get: async (_, key) => {
        if (key === 'never') await new Promise(() => {});
        if (key !== 'fails') return undefined;
        await sleep(30);
        throw new Error('the disk is full');
      },
    },
    close: async () => {},
  }),
});
