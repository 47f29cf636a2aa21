import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Channel } from '#src/strategies/coordinator/channel.js';
import { Codec } from '#src/strategies/coordinator/frame.js';
import { operationCodes as codes } from '#src/strategies/coordinator/operation-codes.js';
import { noMeter } from '#src/strategies/strategy.js';
import { Stage } from './harness.js';
import { TallyMeter } from './tally-meter.js';

interface Census {
  locks: number;
  entries: number;
  sessions: number;
}

async function stageOf(context: TestContext, spec: string) {
  const stage = await Stage.open(spec);
  const [name = '', address = ''] = Object.entries(stage.addresses)[0] ?? [];
  const channel = new Channel({ name, address, secret: stage.secret, session: 'observer', codec: new Codec() });
  context.after(async () => {
    await channel.close();
    await stage.close();
  });
  const census = async (): Promise<Census> => (await channel.call(codes.census, [], noMeter)) as Census;
  return { stage, channel, census };
}

for (const spec of ['keyed-locks', 'rpc-server', 'lock-pool']) {
  test(`${spec}: ten thousand keys leave nothing in the coordinator`, async (context) => {
    const { stage, census } = await stageOf(context, spec);
    const before = await census();
    const clients = await stage.clientsOf(2);
    const given = { prefix: 'key-', count: 5000, concurrency: 8 };
    await Promise.all(clients.map((client, index) => client.scenario('touch', { ...given, prefix: `${index}-` })));
    assert.deepEqual(await census(), { ...before, sessions: before.sessions + 2 });
    for (const client of clients) await client.kill();
    // A connection's end is known to the server once later calls of others have been answered; how many is the kernel's affair.
    while ((await census()).sessions > before.sessions);
  });
}

test('single-manager keeps a lock for every key it ever saw, as CPython does', async (context) => {
  const { stage, census } = await stageOf(context, 'single-manager:proxy=kept');
  const client = await stage.client();
  await client.scenario('touch', { prefix: 'key-', count: 300, concurrency: 4 });
  assert.equal((await census()).locks, 300);
});

test('takes any number of keys in one call, and gives them back in one', async (context) => {
  const { stage } = await stageOf(context, 'keyed-locks');
  const session = await stage.connect();
  const meter = new TallyMeter();
  const handle = await session.locks.acquire(['c', 'a', 'b', 'a'], { timeoutMs: 1000 }, meter);
  await handle.release(meter);
  assert.equal(meter.calls, 2);
  await session.close();
});

test('gives back what it has of several keys when it times out on one, or its client dies waiting', async (context) => {
  const { stage, census } = await stageOf(context, 'keyed-locks:orphans=hold');
  const [holder, waiter, other] = await stage.clientsOf(3);
  const held = await holder?.acquire(['b']);
  await assert.rejects(waiter?.acquire(['a', 'b'], 50) ?? Promise.resolve(), /not granted/);
  await (await other?.acquire(['a']))?.release();
  const doomed = assert.rejects(waiter?.acquire(['a', 'b']) ?? Promise.resolve());
  while ((await census()).locks < 2);
  await waiter?.kill();
  await doomed;
  await (await other?.acquire(['a']))?.release();
  await held?.release();
});

test('only the holder can release', async (context) => {
  const { stage, channel } = await stageOf(context, 'keyed-locks');
  const [holder, other] = await stage.clientsOf(2);
  const handle = await holder?.acquire(['key']);
  assert.equal(await channel.call(codes.releaseKeys, [handle?.fencingToken], noMeter), false);
  await assert.rejects(other?.acquire(['key'], 50) ?? Promise.resolve(), /not granted/);
});

test('a last write and the release travel in one call, and neither is done twice', async (context) => {
  const { stage } = await stageOf(context, 'rpc-server');
  const session = await stage.connect();
  const meter = new TallyMeter();
  const handle = await session.locks.acquire(['key'], { timeoutMs: 1000 }, meter);
  await handle.releaseWith?.({ structure: 's', key: 'key', value: 'last' }, meter);
  assert.equal(meter.calls, 2);
  assert.equal(await session.state.get('s', 'key'), 'last');
  await handle.release();
  await assert.rejects(
    async () => handle.releaseWith?.({ structure: 's', key: 'key', value: 'too late' }),
    /LOCK_LOST|released/,
  );
  assert.equal(await session.state.get('s', 'key'), 'last');
  await session.close();
});
