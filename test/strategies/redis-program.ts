import { findRedisServer, redisServerMissing } from '#src/strategies/coordinator/redis-process.js';

/** Options of a test that needs a redis-server: left out where there is none, save in CI, where it must fail. */
export async function needsRedis(): Promise<{ skip: string | false }> {
  const found = (await findRedisServer()) !== undefined || process.env.CI !== undefined;
  return { skip: found ? false : redisServerMissing };
}
