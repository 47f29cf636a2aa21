import { isIpcbenchError, messageOf } from '../errors.js';
import { managerOptions, managerPlan } from './coordinator/manager.js';
import { Channels } from './coordinator/manager-session.js';
import { findRedisServer, redisServerMissing } from './coordinator/redis-process.js';
import { prefixOf } from './locks/redis-keys.js';
import { RedisLink } from './locks/redis-link.js';
import { connectRedis } from './locks/redis-session.js';
import { redisTarget, userRedisUrl } from './locks/redis-target.js';
import { stateOf } from './state/state-option.js';
import { defineStrategy, type Session } from './strategy.js';

const dayMs = 24 * 3_600_000;

export default defineStrategy({
  name: 'redis',
  summary:
    'a lock is a key in Redis with an expiry, given back by compare-and-delete; waiters are woken in turn, or poll',
  description: `Each lock is a key that SET NX PX creates, holding a token that only its owner knows; releasing deletes the key if it still
holds that token. Both are scripts, so that each is one atomic round trip: an order costs two calls for its locks, however many keys it
takes, as long as they are free. Several keys are taken in one fixed order, all or none.

With wait=notify (the default) a client that finds a lock taken queues up in Redis; the release hands the lock to the first waiter that is
still connected and tells it so on a channel of its own: first come, first served, and no round trip is wasted on asking. With wait=poll
it asks again every interval, as common client libraries do: simple, and grossly unfair under contention, since whoever asks at the right
moment gets the lock.

Exclusion rests on the expiry (30 s by default): a holder that dies blocks its keys until then, and a critical section that outlives it is
no longer alone. Its release then fails with LOCK_LOST, and the next holder has a greater fencing token, by which a store can refuse the
late writer. extend=true renews the lease for as long as the holder's event loop turns. Locks live in one server's memory: they don't
survive its restart or a failover.

Use it where the clients are on several machines, or where a Redis is there anyway. State is in managed dicts on a coordinator beside it, or
with state=redis in hashes and lists of the same Redis (state=rpc-server: with methods beside the data).

Without url= or IPCBENCH_REDIS_URL a private redis-server from the PATH runs on a Unix socket for the round. In yours only keys under the
round's own prefix (ipcbench:<random>:) are touched, and removed at the end.`,
  options: {
    wait: {
      type: 'choice',
      choices: ['notify', 'poll'],
      default: 'notify',
      describe: 'how to wait for a lock that is taken: be handed it in turn, or ask again and again',
    },
    interval: {
      type: 'duration',
      default: 100,
      min: 1,
      max: 60_000,
      describe: 'mean time between two askings with wait=poll',
    },
    expiry: {
      type: 'duration',
      default: 30_000,
      min: 50,
      max: dayMs,
      describe: 'how long a lock lasts unless it is given back before',
    },
    extend: { type: 'boolean', default: false, describe: 'renew the expiry for as long as the lock is held' },
    limit: {
      type: 'duration',
      default: 5_000,
      min: 1,
      max: dayMs,
      describe: 'longest wait for a lock, whatever the trace allows',
    },
    state: {
      type: 'choice',
      choices: ['managed-dict', 'rpc-server', 'redis'],
      default: 'managed-dict',
      describe: 'where dicts, queues and values are kept, and how they are reached',
    },
    url: {
      type: 'text',
      default: '',
      describe:
        'a running Redis: redis://[user:password@]host[:port][/database], rediss://… or unix:///path; else IPCBENCH_REDIS_URL',
    },
    ...managerOptions,
  },
  resilience: () => ({ deadHolder: 'at expiry', machines: 'several' }),
  claims: () => ({ exclusion: true, noLostUpdates: true, maxStalenessMs: 0 }),
  unavailable: async (options) => {
    const url = userRedisUrl(options);
    if (url === undefined) return (await findRedisServer()) === undefined ? redisServerMissing : undefined;
    try {
      (await RedisLink.open(redisTarget(url))).close();
    } catch (error) {
      return messageOf(error);
    }
    return undefined;
  },
  contradiction: (options) => {
    try {
      if (options.url !== '') redisTarget(options.url);
    } catch (error) {
      if (isIpcbenchError(error)) return error.message;
      throw error;
    }
    return undefined;
  },
  coordinators: (options) => [
    {
      name: 'redis',
      program: new URL('./coordinator/redis-server.js', import.meta.url).href,
      config: { url: userRedisUrl(options) ?? '' },
    },
    ...(options.state === 'redis' ? [] : [managerPlan('state', options)]),
  ],
  connect: async (context) => {
    const { options } = context;
    const session = await connectRedis({
      target: redisTarget(userRedisUrl(options) ?? context.addresses.redis ?? ''),
      prefix: prefixOf(context),
      notify: options.wait === 'notify',
      leaseMs: options.expiry,
      waitLimitMs: options.limit,
      intervalMs: options.interval,
      extend: options.extend,
    });
    return options.state === 'redis' ? session : withCoordinator(session, options.state, context);
  },
});

function withCoordinator(
  session: Session,
  kind: 'managed-dict' | 'rpc-server',
  context: ConstructorParameters<typeof Channels>[0],
): Session {
  const address = context.addresses.state;
  const channels = new Channels({ ...context, addresses: address === undefined ? {} : { state: address } });
  return {
    locks: session.locks,
    state: stateOf(kind, () => channels.to('state')),
    close: async () => {
      await session.close();
      await channels.close();
    },
  };
}
