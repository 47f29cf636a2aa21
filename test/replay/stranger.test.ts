import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { MeasuredResult } from '#src/measure/result.js';
import { RedisLink } from '#src/strategies/locks/redis-link.js';
import { redisTarget } from '#src/strategies/locks/redis-target.js';
import { needsRedis } from '../strategies/redis-program.js';
import { redisKeys, UserRedis } from '../strategies/redis-user.js';
import { every, look, measured, plainHeader, replayed } from './bench-trace.js';

const needs = await needsRedis();

/** What a few reads on the Redis of a user come to. */
async function looksOn(context: TestContext, url: string): Promise<MeasuredResult> {
  const operations = every(10, 20, () => look('a'));
  const strategies = [`redis:state=redis,url=${url}`];
  return measured(await replayed(context, plainHeader, operations, { strategies }));
}

test(
  "the user's own Redis is what is sampled, not the process that looks after our keys, and it lives on",
  needs,
  async (context) => {
    const redis = await UserRedis.start();
    context.after(() => redis.stop());
    const url = redis.url();
    const { coordinators } = await looksOn(context, url);
    assert.deepEqual(
      coordinators.map(({ name, pid }) => ({ name, pid })),
      [{ name: 'redis', pid: redis.server.pid }],
    );
    assert.equal(redis.server.exitCode, null);
    assert.equal(redis.server.signalCode, null);
    assert.deepEqual(await redisKeys(redis.url()), []);
  },
);

test(
  'a Redis that does not say which process it is has no figures, and nobody else has them in its stead',
  needs,
  async (context) => {
    const redis = await UserRedis.start();
    context.after(() => redis.stop());
    const link = await RedisLink.open(redisTarget(redis.url()));
    await link.command('ACL', ['SETUSER', 'guest', 'on', '>word', '~*', '&*', '+@all', '-info']);
    link.close();
    const url = redis.url('guest:word@');
    const result = await looksOn(context, url);
    assert.deepEqual(result.coordinators, []);
    assert.equal(result.operations.look?.errors, 0);
  },
);
