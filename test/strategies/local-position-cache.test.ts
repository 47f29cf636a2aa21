import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Stage } from './harness.js';
import { TallyMeter } from './tally-meter.js';

async function stageOf(context: TestContext, spec: string): Promise<Stage> {
  const stage = await Stage.open(spec);
  context.after(() => stage.close());
  return stage;
}

test('reads what it has read before without a call or a file', async (context) => {
  const stage = await stageOf(context, 'local-position-cache:lease=60s');
  const session = await stage.connect();
  await session.state.set('things', 'k', { n: 1 });
  const copy = (await session.state.get('things', 'k')) as { n: number };
  copy.n = 2;
  const meter = new TallyMeter();
  assert.deepEqual(await session.state.get('things', 'k', meter), { n: 1 }, 'changing what was read changes no copy');
  assert.deepEqual([meter.calls, [...meter.phases]], [0, []]);
  await session.close();
});

test('no read that begins after a write has ended is stale, in any process', async (context) => {
  const stage = await stageOf(context, 'local-position-cache');
  const [one, two, three] = await stage.clientsOf(3);
  for (let n = 0; n < 60; n++) {
    const writer = [one, two, three][n % 3];
    await writer?.state('set', 'things', 'k', n);
    const reads = await Promise.all([one, two, three].map((client) => client?.state('get', 'things', 'k')));
    assert.deepEqual(reads, [n, n, n]);
  }
});

test('a process that is stopped delays writers by its lease at most, and trusts no old copy when it goes on', async (context) => {
  const stage = await stageOf(context, 'local-position-cache:lease=200ms');
  const [writer, sleeper] = await stage.clientsOf(2);
  await writer?.state('set', 'things', 'k', 'old');
  assert.equal(await sleeper?.state('get', 'things', 'k'), 'old');
  sleeper?.child.kill('SIGSTOP');
  await writer?.state('set', 'things', 'k', 'new');
  sleeper?.child.kill('SIGCONT');
  assert.equal(await sleeper?.state('get', 'things', 'k'), 'new');
});

test('positions outlive the processes that wrote them', async (context) => {
  const stage = await stageOf(context, 'combined');
  const first = await stage.connect('first');
  await first.state.set('things', 'a/../b', { size: 1 });
  await first.close();
  const second = await stage.connect('second');
  assert.deepEqual(await second.state.entries('things'), [['a/../b', { size: 1 }]]);
  await second.close();
});
