import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RpcState } from '#src/strategies/state/rpc-state.js';
import type { Session, Value } from '#src/strategies/strategy.js';
import { Stage } from '../harness.js';
import { TallyMeter } from '../tally-meter.js';

let stages: Stage[];
let sessions: { managed: Session; rpc: Session };

before(async () => {
  stages = await Promise.all(['managed-dict', 'rpc-server'].map((spec) => Stage.open(spec)));
  const [managed, rpc] = await Promise.all(stages.map((stage) => stage.connect()));
  if (managed === undefined || rpc === undefined) throw new Error('two sessions were asked for');
  sessions = { managed, rpc };
});
after(async () => {
  for (const session of Object.values(sessions)) await session.close();
  for (const stage of stages) await stage.close();
});

/** Does the same on both and counts what it takes. */
async function compared(work: (session: Session, meter: TallyMeter) => Promise<unknown>) {
  const meters = { managed: new TallyMeter(), rpc: new TallyMeter() };
  await work(sessions.managed, meters.managed);
  await work(sessions.rpc, meters.rpc);
  return meters;
}

const bundle = (): Value => ({
  version: 1,
  rows: Array.from({ length: 3000 }, (_, index) => ({ index, value: index / 7 })),
});
const entriesOf = (prefix: string, count: number): [string, Value][] =>
  Array.from({ length: count }, (_, index) => [`${prefix}${index}`, index]);

test('one field of a large value: the change crosses, not the value', async () => {
  for (const session of Object.values(sessions)) await session.state.set('bundles', 'b', bundle());
  const { managed, rpc } = await compared((session, meter) =>
    session.state.patch('bundles', 'b', { set: { note: 'new' }, add: { version: 1 } }, meter),
  );
  assert.equal(managed.calls, 2);
  assert.equal(rpc.calls, 1);
  assert.ok(managed.callBytesSent + managed.callBytesReceived > 100_000);
  assert.ok(rpc.callBytesSent + rpc.callBytesReceived < 200);
  assert.deepEqual(await sessions.rpc.state.get('bundles', 'b'), await sessions.managed.state.get('bundles', 'b'));
});

test('a batch, replacing all, and clearing are one call each', async () => {
  const patches = entriesOf('k', 100).map(([key]): [string, { add: { n: number } }] => [key, { add: { n: 1 } }]);
  const batch = await compared((session, meter) => session.state.patchMany('batch', patches, meter));
  assert.deepEqual([batch.managed.calls, batch.rpc.calls], [200, 1]);

  for (const session of Object.values(sessions)) await session.state.setMany('all', entriesOf('old', 100));
  const replaced = await compared((session, meter) => session.state.replaceAll('all', entriesOf('new', 100), meter));
  assert.deepEqual([replaced.managed.calls, replaced.rpc.calls], [102, 1]);
  assert.equal((await sessions.rpc.state.keys('all')).length, 100);

  const cleared = await compared((session, meter) => session.state.clear('all', meter));
  assert.deepEqual([cleared.managed.calls, cleared.rpc.calls], [1, 1]);
});

test('reads one field and appends to a list beside the data', async () => {
  const { state } = sessions.rpc;
  assert.ok(state instanceof RpcState);
  assert.equal(await state.append('positions', 'p', 'orders', { id: 1 }), 1);
  assert.equal(await state.append('positions', 'p', 'orders', { id: 2 }), 2);
  assert.deepEqual(await state.getField('positions', 'p', 'orders'), [{ id: 1 }, { id: 2 }]);
  assert.equal(await state.getField('positions', 'p', 'toString'), undefined);
  assert.equal(await state.getField('positions', 'missing', 'orders'), undefined);
});

test('loses no patch of many at once, even without a lock', async () => {
  const { state } = sessions.rpc;
  await Promise.all(Array.from({ length: 50 }, () => state.patch('counts', 'c', { add: { n: 1 } })));
  assert.deepEqual(await state.get('counts', 'c'), { n: 50 });
});
