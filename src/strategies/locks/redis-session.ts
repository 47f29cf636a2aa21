import { RedisState } from '../state/redis-state.js';
import { RedisTakers } from '../state/redis-takers.js';
import type { Session } from '../strategy.js';
import { redisNames } from './redis-keys.js';
import { RedisLink } from './redis-link.js';
import { clientIdentity, type RedisLockOptions, RedisLocks } from './redis-locks.js';
import { acquireScript, extendScript, releaseScript } from './redis-scripts.js';
import type { RedisTarget } from './redis-target.js';
import { RedisWakeups } from './redis-wakeups.js';

export interface RedisPlan extends RedisLockOptions {
  target: RedisTarget;
  /** What the names of all keys begin with: shared by the clients that exclude each other, and used by nobody else. */
  prefix: string;
  /** Queue up for locks and be handed them, on a second connection, instead of polling. */
  notify: boolean;
}

/**
 * Locks and state in one Redis.
 * @throws IpcbenchError `UNAVAILABLE` when the server refuses the connection, the login or the scripts
 */
export async function connectRedis(plan: RedisPlan): Promise<Session> {
  const link = await RedisLink.open(plan.target);
  const takers = new RedisTakers(() => RedisLink.open(plan.target, { blocking: true }));
  const names = redisNames(plan.prefix);
  const client = clientIdentity();
  let ear: RedisLink | undefined;
  try {
    await link.load([acquireScript, releaseScript, extendScript]);
    if (plan.notify) ear = await RedisLink.open(plan.target);
    const wakeups = ear && (await RedisWakeups.listen(ear, `${names.wake}${client}`));
    const locks = new RedisLocks(link, names, plan, { client, wakeups });
    return {
      locks,
      state: new RedisState(link, plan.prefix, takers),
      close: async () => {
        takers.close();
        await locks.close();
        for (const connection of [ear, link]) connection?.close();
      },
    };
  } catch (error) {
    for (const connection of [ear, link]) connection?.close();
    throw error;
  }
}
