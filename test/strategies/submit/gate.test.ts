import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as others, setTimeout as sleep } from 'node:timers/promises';
import { IpcbenchError } from '#src/errors.js';
import { lockPool, openSession, serveStrategy } from '#src/strategies/public.js';
import { withoutSharedState } from '#src/strategies/state/without-shared-state.js';
import type { Locks, Session } from '#src/strategies/strategy.js';
import { type Gate, type Pass, ProcessGate } from '#src/strategies/submit/gate.js';
import { SharedGate } from '#src/strategies/submit/shared-gate.js';

const endless = 3_600_000;
const staying = new AbortController().signal;
setMaxListeners(0, staying);

async function entered(gate: Gate): Promise<Pass> {
  return (await gate.enter(staying)) ?? assert.fail('it was turned away');
}

test('so many as there are slots get in, the others wait in the order in which they came', async () => {
  const gate = new ProcessGate(2, endless);
  const [first, second] = [await entered(gate), await entered(gate)];
  const order: number[] = [];
  const waiting = [1, 2, 3].map(async (number) => {
    const pass = await entered(gate);
    order.push(number);
    return pass;
  });
  assert.deepEqual([gate.inside, gate.waiting], [2, 3]);
  await first.leave();
  await second.leave();
  const passes = await Promise.all(waiting.slice(0, 2));
  assert.deepEqual([order, gate.waiting], [[1, 2], 1]);
  for (const pass of passes) await pass.leave();
  await (await waiting[2])?.leave();
  assert.deepEqual([gate.inside, gate.waiting], [0, 0]);
});

test('who waits longer than the patience is turned away, and leaves nothing behind', async () => {
  const gate = new ProcessGate(1, 1);
  const pass = await entered(gate);
  assert.equal(await gate.enter(staying), undefined);
  assert.deepEqual([gate.inside, gate.waiting], [1, 0]);
  await pass.leave();
  await (await entered(gate)).leave();
});

test('who gives up while waiting leaves the queue at once; leaving twice frees one place only', async () => {
  const gate = new ProcessGate(1, endless);
  const pass = await entered(gate);
  const gone = new AbortController();
  const waiting = gate.enter(gone.signal);
  gone.abort(new Error('gone'));
  await assert.rejects(waiting, /gone/);
  await assert.rejects(gate.enter(gone.signal), /gone/);
  await pass.leave();
  await pass.leave();
  assert.equal(gate.inside, 0);
  const next = await entered(gate);
  assert.equal(gate.inside, 1);
  await next.leave();
});

test('closing turns away those that wait', async () => {
  const gate = new ProcessGate(1, endless);
  await entered(gate);
  const waiting = gate.enter(staying);
  await gate.close();
  assert.equal(await waiting, undefined);
});

/** Gates of as many clients, on one strategy's locks; `through` is what a client makes of its session. */
async function sharedGates(
  context: TestContext,
  clients: number,
  slots: number,
  patienceMs: number,
  through: (session: Session, client: number) => Session = (session) => session,
): Promise<Gate[]> {
  const directory = await mkdtemp(join(tmpdir(), 'ipcb-'));
  const shared = { directory, secret: 's' };
  const { addresses, close } = await serveStrategy(lockPool, shared);
  const gates: Gate[] = [];
  context.after(async () => {
    for (const gate of gates) await gate.close();
    await close();
    await rm(directory, { recursive: true });
  });
  for (let index = 0; index < clients; index++) {
    const session = await openSession(lockPool, { ...shared, process: `p${index}`, addresses });
    gates.push(new SharedGate(through(session, index), slots, patienceMs));
  }
  return gates;
}

test('a gate on shared locks lets no more in than there are slots, over all clients, and everybody in the end', async (context) => {
  const gates = await sharedGates(context, 3, 2, endless);
  let [inside, most, total] = [0, 0, 0];
  const visits = gates.flatMap((gate) =>
    Array.from({ length: 6 }, async () => {
      const pass = await entered(gate);
      inside += 1;
      total += 1;
      most = Math.max(most, inside);
      await sleep(2);
      inside -= 1;
      await pass.leave();
    }),
  );
  await Promise.all(visits);
  assert.deepEqual([total, inside], [18, 0]);
  assert.equal(most, 2);
});

test('who is turned away at a shared gate, or gives up there, holds no slot afterwards', async (context) => {
  const [one, other] = await sharedGates(context, 2, 2, 60);
  assert.ok(one !== undefined && other !== undefined);
  const passes = [await entered(one), await entered(one)];
  assert.equal(await other.enter(staying), undefined);
  const gone = new AbortController();
  const waiting = other.enter(gone.signal);
  await others();
  gone.abort(new Error('gone'));
  await assert.rejects(waiting, /gone/);
  for (const pass of passes) await pass.leave();
  const again = [await entered(other), await entered(other)];
  for (const pass of again) await pass.leave();
});

/** How a slot answers when all are asked for: after the others have, where it is `late`. */
type SlotAnswer = 'granted' | 'granted late' | 'fails' | 'fails to be given back';

/** A gate whose slots are all taken for whoever asks for one alone; `held`: those that were granted and never given back. */
function scriptedGate(answers: readonly SlotAnswer[]): { gate: Gate; held: Set<string>; asked: () => number } {
  const held = new Set<string>();
  let asked = 0;
  const acquire: Locks['acquire'] = async ([slot = '']) => {
    asked += 1;
    if (asked === 1) throw new IpcbenchError('LOCK_TIMEOUT', 'taken');
    const answer = answers[Number(slot.replace('gate-slot-', ''))];
    if (answer === 'fails') throw new IpcbenchError('COORDINATOR_LOST', 'the first cause');
    // Granted all the same, as by a coordinator whose grant was on its way when the other one failed.
    if (answer !== 'granted') await others();
    held.add(slot);
    const release = async (): Promise<void> => {
      if (answer === 'fails to be given back') throw new IpcbenchError('LOCK_LOST', 'lost meanwhile');
      held.delete(slot);
    };
    return { fencingToken: undefined, release };
  };
  const session = { ...withoutSharedState, locks: { acquire }, close: async () => {} };
  return { gate: new SharedGate(session, answers.length, endless), held, asked: () => asked };
}

const failing: [what: string, answers: SlotAnswer[], message: RegExp, lost: string[]][] = [
  ['one slot fails and another is granted after it', ['fails', 'granted late'], /the first cause/, []],
  ['one slot is granted and another fails after it', ['granted', 'granted late', 'fails'], /the first cause/, []],
  ['all fail', ['fails', 'fails'], /the first cause/, []],
  [
    'one that is not needed cannot be given back',
    ['granted', 'fails to be given back'],
    /lost meanwhile/,
    ['gate-slot-1'],
  ],
];

for (const [what, answers, message, lost] of failing) {
  test(`where ${what}, entering a shared gate fails and holds no slot afterwards`, async () => {
    const { gate, held } = scriptedGate(answers);
    await assert.rejects(gate.enter(staying), message);
    // Whatever was on its way has come by then.
    for (let turn = 0; turn < 3; turn++) await others();
    assert.deepEqual([...held], lost);
  });
}

test('who gives up at a shared gate after a slot was granted, and before the others have answered, holds none', async () => {
  const { gate, held } = scriptedGate(['granted', 'granted late']);
  const gone = new AbortController();
  const waiting = gate.enter(gone.signal);
  while (held.size === 0) await Promise.resolve();
  gone.abort(new Error('gone'));
  await assert.rejects(waiting, /gone/);
  for (let turn = 0; turn < 3; turn++) await others();
  assert.deepEqual([...held], []);
});

test('who gives up during the first try at a shared gate never asks for all slots', async () => {
  const { gate, asked } = scriptedGate(['granted', 'granted']);
  const gone = new AbortController();
  const waiting = gate.enter(gone.signal);
  gone.abort(new Error('gone'));
  await assert.rejects(waiting, /gone/);
  assert.equal(asked(), 1);
});

test('a client of real locks whose connection to one slot fails leaves all slots to the others', async (context) => {
  let asked = 0;
  const failsAtOne = (session: Session, client: number): Session => {
    const acquire: Locks['acquire'] = async (keys, options, meter) => {
      asked += 1;
      if (asked > 1 && keys[0] === 'gate-slot-0') throw new IpcbenchError('COORDINATOR_LOST', 'the first cause');
      // The first is asked for alone: it was taken.
      if (asked === 1) throw new IpcbenchError('LOCK_TIMEOUT', 'taken');
      return session.locks.acquire(keys, options, meter);
    };
    return client === 0 ? { ...session, locks: { acquire } } : session;
  };
  const slots = 3;
  const [one, other] = await sharedGates(context, 2, slots, endless, failsAtOne);
  assert.ok(one !== undefined && other !== undefined);
  await assert.rejects(one.enter(staying), /the first cause/);
  const passes = await Promise.all(Array.from({ length: slots }, () => entered(other)));
  for (const pass of passes) await pass.leave();
});
