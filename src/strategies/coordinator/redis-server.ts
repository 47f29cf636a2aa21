import { IpcbenchError } from '../../errors.js';
import { prefixOf } from '../locks/redis-keys.js';
import { RedisLink } from '../locks/redis-link.js';
import { redisTarget } from '../locks/redis-target.js';
import type { CoordinatorContext, CoordinatorProgram, RunningCoordinator } from '../strategy.js';
import { findRedisServer, redisServerMissing, startRedisServer } from './redis-process.js';
import { pidOfStranger } from './redis-stranger.js';

/**
 * The coordinator of the Redis strategy. Without a `url` in its config it runs a redis-server of its own; with one it looks after the
 * round's keys in the user's: it makes sure of the server before the round and removes the keys after it, however the round ended.
 */
const redisServer: CoordinatorProgram = (context) => {
  const { url } = context.config;
  return typeof url === 'string' && url !== '' ? lookAfter(url, context) : runPrivate(context);
};
export default redisServer;

async function runPrivate(context: CoordinatorContext): Promise<RunningCoordinator> {
  const binary = await findRedisServer();
  if (binary === undefined) throw new IpcbenchError('UNAVAILABLE', redisServerMissing);
  const server = await startRedisServer(binary, context.directory, context.name);
  const kill = (): void => void server.end();
  process.once('disconnect', kill);
  return {
    address: `unix:${server.socket}`,
    pid: server.pid,
    close: () => {
      process.off('disconnect', kill);
      return server.end();
    },
  };
}

async function lookAfter(url: string, context: CoordinatorContext): Promise<RunningCoordinator> {
  const target = redisTarget(url);
  const link = await RedisLink.open(target);
  const pid = await pidOfStranger(link);
  let removed: Promise<void> | undefined;
  const remove = (): Promise<void> => {
    removed ??= removeKeys(link, prefixOf(context)).finally(() => link.close());
    return removed;
  };
  const abandoned = (): void => void remove().catch(() => {});
  process.once('disconnect', abandoned);
  return {
    // The sessions log in by the URL they know: no password goes into an address.
    address: target.path === undefined ? `tcp:${target.host}:${target.port}` : `unix:${target.path}`,
    stranger: { pid },
    close: () => {
      process.off('disconnect', abandoned);
      return remove();
    },
  };
}

/** Removes the keys of one round, and no others: SCAN finds them by their prefix, which holds nothing that a pattern would read. */
export async function removeKeys(link: RedisLink, prefix: string): Promise<void> {
  if (link.gone.aborted) return;
  let cursor = '0';
  do {
    const reply = await link.command('SCAN', [cursor, 'MATCH', `${prefix}*`, 'COUNT', 1000]);
    const [next, keys] = Array.isArray(reply) ? reply : ['0', []];
    if (Array.isArray(keys) && keys.length > 0) await link.command('UNLINK', keys.map(String));
    cursor = String(next);
  } while (cursor !== '0');
}
