import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { RedisLink } from '#src/strategies/locks/redis-link.js';
import { redisTarget } from '#src/strategies/locks/redis-target.js';
import type { RunningCoordinator } from '#src/strategies/strategy.js';
import { openHosted } from '#src/strategies/submit/hosted.js';
import program from '#src/strategies/submit/hosted-strategy.js';
import { needsRedis } from '../redis-program.js';
import { UserRedis } from '../redis-user.js';

const redis = await needsRedis();

/** A strategy hosted in this process, and the folder that tells how to reach it. */
async function hosted(context: TestContext, spec: string): Promise<{ running: RunningCoordinator; directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'ipcb-'));
  const running = await program({ name: 'gate', config: { spec, file: 'gate.json' }, directory, secret: 's' });
  context.after(async () => {
    await running.close();
    await rm(directory, { recursive: true });
  });
  return { running, directory };
}

test('a strategy that is hosted can be used by whoever reads where it is; its host is what serves', async (context) => {
  const { running, directory } = await hosted(context, 'lock-pool');
  assert.deepEqual([running.pid, running.stranger], [undefined, undefined]);
  const session = await openHosted('gate.json', { name: 'server-1', config: {}, directory, secret: 's' }, []);
  const handle = await session.locks.acquire(['a'], { timeoutMs: 60_000 });
  await handle.release();
  await session.close();
});

test('where another program serves, that one is to be sampled and watched', redis, async (context) => {
  const { running, directory } = await hosted(context, 'redis');
  const link = await RedisLink.open(redisTarget(`unix:${join(directory, 'gate', 'redis.sock')}`));
  const info = String(await link.command('INFO', ['server']));
  link.close();
  assert.equal(running.pid, Number(/process_id:(\d+)/.exec(info)?.[1]));
  assert.equal(running.stranger, undefined);
});

test("where somebody else's server serves, that one is to be sampled and nothing else", redis, async (context) => {
  const user = await UserRedis.start();
  context.after(() => user.stop());
  const { running } = await hosted(context, `redis:url=${user.url()}`);
  assert.deepEqual([running.pid, running.stranger], [undefined, { pid: user.server.pid }]);
});
