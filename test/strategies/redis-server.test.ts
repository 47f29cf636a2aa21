import assert from 'node:assert/strict';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import redisServer from '#src/strategies/coordinator/redis-server.js';
import { loadStrategy } from '#src/strategies/index.js';
import { RedisLink } from '#src/strategies/locks/redis-link.js';
import { redisTarget } from '#src/strategies/locks/redis-target.js';
import type { Session } from '#src/strategies/strategy.js';
import { ended, Stage } from './harness.js';
import { needsRedis } from './redis-program.js';
import { redisKeys, UserRedis } from './redis-user.js';

const needs = await needsRedis();

async function pidBehind(address: string): Promise<number> {
  const link = await RedisLink.open(redisTarget(address));
  const info = String(await link.command('INFO', ['server']));
  link.close();
  return Number(/process_id:(\d+)/.exec(info)?.[1]);
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const unavailable = async (spec: string): Promise<string | undefined> => {
  const { strategy, options } = await loadStrategy(spec);
  return strategy.unavailable?.(options);
};

describe('the private redis-server', needs, () => {
  test('listens on a socket that only its owner can open, on no port, and saves nothing', async () => {
    const stage = await Stage.open('redis:state=redis');
    const address = stage.addresses.redis ?? '';
    assert.equal((await stat(address.slice('unix:'.length))).mode & 0o077, 0);
    const link = await RedisLink.open(redisTarget(address));
    for (const [setting, value] of Object.entries({ port: '0', save: '', appendonly: 'no' }))
      assert.deepEqual(await link.command('CONFIG', ['GET', setting]), [setting, value]);
    link.close();
    assert.deepEqual(await stage.close(), []);
  });

  test('ends with the program that runs it, even if that is killed', async () => {
    const stage = await Stage.open('redis:state=redis');
    const pid = await pidBehind(stage.addresses.redis ?? '');
    for (const child of Object.values(stage.coordinators)) await ended(child, 'SIGKILL');
    while (alive(pid)) await sleep(10);
    await stage.close();
  });

  test('that dies in the middle fails what waits, what is held, and what is asked afterwards, at once', async () => {
    const stage = await Stage.open('redis:state=redis');
    const [one, other] = await Promise.all([stage.connect(), stage.connect()]);
    const held = await one.locks.acquire(['held'], { timeoutMs: 1_000 });
    const waiting = assert.rejects(other.locks.acquire(['held'], { timeoutMs: 60_000 }), { code: 'COORDINATOR_LOST' });
    const taking = assert.rejects(other.state.take('queue', 60_000), { code: 'COORDINATOR_LOST' });
    await other.state.keys('nothing');
    process.kill(await pidBehind(stage.addresses.redis ?? ''), 'SIGKILL');
    await Promise.all([waiting, taking]);
    await assert.rejects(held.release(), { code: 'LOCK_LOST', message: /Redis is gone/ });
    await assert.rejects(one.locks.acquire(['more'], { timeoutMs: 60_000 }), { code: 'COORDINATOR_LOST' });
    await assert.rejects(one.state.get('dict', 'key'), {
      code: 'COORDINATOR_LOST',
      message: /^Redis at unix:.*redis\.sock/,
    });
    await Promise.all([one.close(), other.close()]);
    await stage.close();
  });

  test('that is paused keeps nobody waiting past the time-out', async () => {
    const stage = await Stage.open('redis:state=redis');
    const session = await stage.connect();
    const pid = await pidBehind(stage.addresses.redis ?? '');
    process.kill(pid, 'SIGSTOP');
    await assert.rejects(session.locks.acquire(['stuck'], { timeoutMs: 100 }), { code: 'LOCK_TIMEOUT' });
    process.kill(pid, 'SIGCONT');
    // What the paused server had not read yet it does now: the lock is taken, and given back.
    await (await session.locks.acquire(['stuck'], { timeoutMs: 5_000 })).release();
    await session.close();
    assert.deepEqual(await stage.close(), []);
  });

  test('is asked for by name where it is not installed', async () => {
    const path = process.env.PATH;
    process.env.PATH = '/nowhere';
    try {
      assert.match(
        (await unavailable('redis')) ?? '',
        /^redis-server is not on the PATH: .*apt-get install redis-server/,
      );
    } finally {
      process.env.PATH = path;
    }
    assert.equal(await unavailable('redis'), undefined);
  });
});

describe("a user's Redis", needs, () => {
  let redis: UserRedis;
  before(async () => {
    redis = await UserRedis.start('--requirepass', 'se:c=ret');
  });
  after(() => redis.stop());

  const spec = (login: string): string => `redis:state=redis,url=${redis.url(login)}`;
  const login = ':se%3Ac%3Dret@';

  test('keeps its own keys, and none of ours once the round is over', async () => {
    const link = await RedisLink.open(redisTarget(redis.url(login)));
    for (const key of ['ipcbench:mine', 'lock', 'fence']) await link.command('SET', [key, 'user']);
    const stage = await Stage.open(spec(login));
    const session = await stage.connect();
    await session.state.set('dict', 'key', 1);
    await session.state.put('queue', 1);
    await session.locks.acquire(['never released'], { timeoutMs: 1_000 });
    const [client] = await stage.clientsOf(1);
    await client?.acquire(['held when killed']);
    await client?.kill();
    assert.equal((await redisKeys(redis.url(login))).filter((key) => /^ipcbench:[0-9a-f]{24}:/.test(key)).length, 5);
    await session.close();
    assert.deepEqual(await stage.close(), []);
    assert.deepEqual(await redisKeys(redis.url(login)), ['fence', 'ipcbench:mine', 'lock']);
    const commands = String(await link.command('INFO', ['commandstats']));
    assert.doesNotMatch(commands, /cmdstat_(flush|config|swapdb|script\|flush)/);
    link.close();
  });

  test('that refuses the password, or gets none, is told apart in one line without the password', async () => {
    for (const [wrong, reason] of [
      ['', /NOAUTH/],
      [':guess@', /WRONGPASS|invalid password/],
    ] as const) {
      const message = (await unavailable(spec(wrong))) ?? '';
      assert.match(message, reason);
      assert.match(message, /^Redis at redis:\/\/127\.0\.0\.1:\d+ can't be used .* give user and password in the URL/);
      assert.doesNotMatch(message, /guess|\n/);
      const config = { url: redis.url(wrong) };
      await assert.rejects(redisServer({ name: 'redis', config, directory: '/nowhere', secret: 's' }), {
        code: 'UNAVAILABLE',
        message: reason,
      });
    }
    assert.equal(await unavailable(spec(login)), undefined);
  });

  test('that refuses the connection is unavailable, with the reason', async () => {
    const gone = await UserRedis.start();
    await gone.stop();
    const message = (await unavailable(`redis:url=${gone.url()}`)) ?? '';
    assert.match(message, /ECONNREFUSED.*is it running, and is the URL right\?$/);
  });

  test('may come from the environment', async () => {
    process.env.IPCBENCH_REDIS_URL = redis.url(login);
    let session: Session | undefined;
    try {
      const stage = await Stage.open('redis:state=redis');
      assert.equal(stage.addresses.redis, `tcp:127.0.0.1:${redis.port}`);
      session = await stage.connect();
      await (await session.locks.acquire(['x'], { timeoutMs: 1_000 })).release();
      await session.close();
      assert.deepEqual(await stage.close(), []);
    } finally {
      delete process.env.IPCBENCH_REDIS_URL;
    }
  });

  test('is cleaned even when the harness that used it is gone', async () => {
    const stage = await Stage.open(spec(login));
    const session = await stage.connect();
    await session.state.set('dict', 'key', 1);
    session.close();
    const child = stage.coordinators.redis;
    assert.ok(child);
    const exit = once(child, 'exit');
    child.disconnect();
    await exit;
    assert.deepEqual(
      (await redisKeys(redis.url(login))).filter((key) => /^ipcbench:[0-9a-f]{24}:/.test(key)),
      [],
    );
    await stage.close();
  });
});

test('a Redis URL that is none is a wrong option, and the message hides the password', async () => {
  for (const url of ['http://u:hidden@localhost', 'localhost:6379', 'redis://u:hidden@host/db', 'x'])
    assert.throws(
      () => redisTarget(url),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'BAD_OPTION');
        assert.match(error.message, /is not the URL of a Redis: expected redis:\/\//);
        assert.doesNotMatch(error.message, /hidden/);
        return true;
      },
    );
  await assert.rejects(loadStrategy('redis:url=x'), { code: 'BAD_OPTION', message: /not the URL of a Redis/ });
});

test('a Redis URL says host, port, login, database, TLS or socket', () => {
  const table: [url: string, expected: object][] = [
    ['redis://', { host: '127.0.0.1', port: 6379, tls: false, database: 0, label: 'redis://127.0.0.1:6379' }],
    ['redis://u:p%40@h:1/2', { host: 'h', port: 1, username: 'u', password: 'p@', database: 2, label: 'redis://h:1' }],
    ['rediss://[::1]:7', { host: '::1', port: 7, tls: true, label: 'rediss://[::1]:7' }],
    ['unix:/a/b.sock', { path: '/a/b.sock', database: 0, label: 'unix:/a/b.sock' }],
    ['unix:///a/b.sock?db=3', { path: '/a/b.sock', database: 3 }],
    ['tcp:127.0.0.1:9', { host: '127.0.0.1', port: 9 }],
  ];
  for (const [url, expected] of table) {
    const target: object = redisTarget(url);
    assert.deepEqual({ ...target, ...expected }, target, url);
  }
});
