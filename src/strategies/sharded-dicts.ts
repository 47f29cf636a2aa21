import { createHash, randomBytes } from 'node:crypto';
import { managerOptions, managerPlan, orphansOption, reachOf } from './coordinator/manager.js';
import { managerSession } from './coordinator/manager-session.js';
import { DynamicLocks, dynamicLockOptions, lockDict } from './locks/dynamic-locks.js';
import { stateOf, stateOption } from './state/state-option.js';
import { defineStrategy } from './strategy.js';

export default defineStrategy({
  name: 'sharded-dicts',
  summary: 'The dynamic locks of single-manager spread over 16 dicts by a hash of the key.',
  description: `As single-manager, but the locks are kept in 16 shared dicts; a hash of the key says in which.

hash=stable, the default: the same shard in every process. Exclusive but for the race of create=check on a fresh key.

hash=per-process: a hash that is randomised in each process, as Python's hash() of a text is. One key is then looked for in different shards,
and each of them gets a lock of its own: processes exclude each other only where they happen to agree. It is here so that it is seen to fail.

Calls per lock and unlock: as single-manager (6 with proxy=fresh, 4 with proxy=kept, more for a new key). The dicts share one coordinator, so
spreading them saves nothing that CPython's manager would have made them wait for: it has no lock around ordinary calls.

A dead client's locks stay locked for ever (orphans=hold).

Use it to see what sharding alone brings.`,
  options: {
    shards: { type: 'integer', default: 16, min: 1, max: 65_536, describe: 'number of dicts' },
    hash: {
      type: 'choice',
      default: 'stable',
      choices: ['stable', 'per-process'],
      describe: 'which shard a key is in: the same everywhere, or different in each process (loses exclusion)',
    },
    ...dynamicLockOptions,
    ...stateOption,
    orphans: orphansOption('hold'),
    ...managerOptions,
  },
  resilience: (options) => ({ ...reachOf(options), ...(options.hash === 'per-process' ? { exclusive: 'no' } : {}) }),
  claims: () => ({ exclusion: true, noLostUpdates: true, maxStalenessMs: 0 }),
  coordinators: (options) => [managerPlan('manager', options)],
  connect: async (context) => {
    const { shards, hash, state } = context.options;
    const seed = hash === 'stable' ? Buffer.alloc(0) : randomBytes(16);
    const shardOf = (key: string): number =>
      createHash('sha256').update(seed).update(key).digest().readUIntBE(0, 6) % shards;
    return managerSession(context, (channels, holdings) => ({
      locks: new DynamicLocks(channels.to('manager'), holdings, context.options, (key) => `${lockDict}${shardOf(key)}`),
      state: stateOf(state, () => channels.to('manager')),
    }));
  },
});
