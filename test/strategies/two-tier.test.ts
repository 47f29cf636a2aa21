import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Session } from '#src/strategies/strategy.js';
import { Stage } from './harness.js';
import { TallyMeter } from './tally-meter.js';

const patience = { timeoutMs: 20_000 };

async function sessionsOn(context: TestContext, spec: string): Promise<[Session, Session]> {
  const stage = await Stage.open(spec);
  const sessions = await Promise.all([stage.connect('one'), stage.connect('other')]);
  context.after(async () => {
    for (const session of sessions) await session.close();
    await stage.close();
  });
  return sessions;
}

/** A section that notes who was in, in order. */
async function section(session: Session, name: string, order: string[], meter = new TallyMeter()): Promise<TallyMeter> {
  const handle = await session.locks.acquire(['key'], patience, meter);
  order.push(name);
  await handle.release(meter);
  return meter;
}

test('hands a pool lock on within the process so many times in a row, at no call', async (context) => {
  const [session] = await sessionsOn(context, 'two-tier:handoff=4');
  const order: string[] = [];
  const meter = new TallyMeter();
  await Promise.all(['1', '2', '3', '4', '5', '6'].map((name) => section(session, name, order, meter)));
  assert.deepEqual(order, ['1', '2', '3', '4', '5', '6']);
  assert.equal(meter.calls, 4, 'the first five sections share one acquisition');
});

test('without hand-over, each section takes the pool lock itself', async (context) => {
  const [session] = await sessionsOn(context, 'two-tier');
  const meter = new TallyMeter();
  await Promise.all(['1', '2', '3'].map((name) => section(session, name, [], meter)));
  assert.equal(meter.calls, 6);
});

test('lets another process in after the hand-overs', async (context) => {
  const [one, other] = await sessionsOn(context, 'two-tier:handoff=2');
  const order: string[] = [];
  const held = await one.locks.acquire(['key'], patience);
  const waiting = section(other, 'other', order);
  // Answered after the other's request has been: both went to the same coordinator, the lock's first.
  await other.state.get('s', 'k');
  const own = ['1', '2', '3', '4'].map((name) => section(one, name, order));
  await held.release();
  await Promise.all([waiting, ...own]);
  assert.deepEqual(order, ['1', '2', 'other', '3', '4']);
});

test('gives greater fencing tokens to later holders, hand-overs included', async (context) => {
  const [one, other] = await sessionsOn(context, 'two-tier:handoff=3');
  const tokens: number[] = [];
  const note = async (session: Session): Promise<void> => {
    const handle = await session.locks.acquire(['key'], patience);
    tokens.push(handle.fencingToken ?? 0);
    await handle.release();
  };
  await Promise.all([one, other, one, other, one, one, one, one, one].map(note));
  assert.deepEqual(
    tokens,
    tokens.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(tokens).size, tokens.length);
});

test('gives both tiers back when the second one times out', async (context) => {
  const [one, other] = await sessionsOn(context, 'two-tier:handoff=3');
  const held = await one.locks.acquire(['key'], patience);
  await assert.rejects(other.locks.acquire(['key'], { timeoutMs: 50 }), /not granted within/);
  await assert.rejects(other.locks.acquire(['key'], { timeoutMs: 50 }), /pool slot/, 'the first tier was free again');
  await held.release();
  await (await other.locks.acquire(['key'], patience)).release();
});

test('an operation that gives up while waiting within its process is passed over', async (context) => {
  const [one] = await sessionsOn(context, 'two-tier:handoff=3');
  const held = await one.locks.acquire(['key'], patience);
  const abort = new AbortController();
  const aborted = assert.rejects(one.locks.acquire(['key'], { ...patience, signal: abort.signal }), /aborted/);
  const late = assert.rejects(one.locks.acquire(['key'], { timeoutMs: 30 }), /not granted within 30ms/);
  const next = one.locks.acquire(['key'], patience);
  abort.abort();
  await Promise.all([aborted, late]);
  await held.release();
  await (await next).release();
});
