import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Session } from '#src/strategies/strategy.js';
import { Stage } from './harness.js';
import { TallyMeter } from './tally-meter.js';

/** What a lock and unlock costs, counted on a key that is new and then on the same key again. */
const expected: [spec: string, fresh: Cost, known: Cost][] = [
  ['single-manager', { calls: 11, connections: 6, created: 1 }, { calls: 6, connections: 2, created: 0 }],
  ['single-manager:proxy=kept', { calls: 6, connections: 0, created: 1 }, { calls: 4, connections: 0, created: 0 }],
  ['single-manager:create=atomic', { calls: 5, connections: 2, created: 1 }, { calls: 5, connections: 2, created: 0 }],
  [
    'single-manager:create=atomic,proxy=kept',
    { calls: 3, connections: 0, created: 1 },
    { calls: 3, connections: 0, created: 0 },
  ],
  ['lock-pool', { calls: 2, connections: 0, created: 0 }, { calls: 2, connections: 0, created: 0 }],
  ['none', { calls: 0, connections: 0, created: 0 }, { calls: 0, connections: 0, created: 0 }],
];

interface Cost {
  calls: number;
  connections: number;
  created: number;
}

async function sessionOn(context: TestContext, spec: string): Promise<Session> {
  const stage = await Stage.open(spec);
  const session = await stage.connect();
  context.after(async () => {
    await session.close();
    await stage.close();
  });
  return session;
}

for (const [spec, fresh, known] of expected) {
  test(`${spec} takes as many calls and connections as its description says`, async (context) => {
    const session = await sessionOn(context, spec);
    await session.state.get('any', 'thing');
    for (const cost of [fresh, known]) {
      const meter = new TallyMeter();
      const handle = await session.locks.acquire(['key'], { timeoutMs: 20_000 }, meter);
      await handle.release(meter);
      const { calls, connections, created } = meter;
      // A connection opened for the session itself is used again; the test's first call opened it.
      assert.deepEqual({ calls, connections, created }, cost);
      assert.equal(meter.messages, 2 * calls + 4 * connections);
      assert.equal(meter.phase, 'other', 'the phase that was left is entered again');
    }
  });
}

test('counts the bytes of a value in both directions, headers included', async (context) => {
  const session = await sessionOn(context, 'lock-pool');
  const [write, read] = [new TallyMeter(), new TallyMeter()];
  await session.state.set('s', 'k', 'x'.repeat(1000), write);
  await session.state.get('s', 'k', read);
  // 5 bytes of header, 1 + 2 + 2 + 3 of MessagePack around 1000 of text; the first call also opens a connection.
  assert.equal(write.callBytesSent, 5 + 1 + 2 + 2 + 3 + 1000);
  assert.equal(read.callBytesReceived, 5 + 3 + 1000);
  assert.deepEqual([...write.phases], ['write', 'connect']);
  assert.deepEqual([...read.phases], ['read']);
});
