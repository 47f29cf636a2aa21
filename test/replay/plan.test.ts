import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { WorkerPlan } from '#src/replay/deal.js';
import { makePlan, type Plan, type PlanOptions } from '#src/replay/plan.js';
import type { TraceHeader, TraceOperation } from '#src/trace/operation.js';
import { every, folder, headerOf, look, merged, plainHeader, writeTrace } from './bench-trace.js';

async function planOf(
  context: TestContext,
  header: TraceHeader,
  operations: readonly TraceOperation[],
  options: Partial<PlanOptions> = {},
): Promise<Plan> {
  return makePlan({
    trace: await writeTrace(context, header, operations),
    directory: await folder(context),
    workers: undefined,
    only: [],
    durationMs: undefined,
    skipInvalid: false,
    ...options,
  });
}

function dealt({ openFile }: WorkerPlan): TraceOperation[] {
  const lines = readFileSync(openFile, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as TraceOperation);
}

const two = headerOf([{ name: 'p0' }, { name: 'p1' }, { name: 'idle' }]);
const orders = merged(
  ...['p0', 'p1'].map((process) =>
    every(10, 50, (index) => ({ op: 'order', process, fields: { key: `k${index % 10}` } })),
  ),
);

test('by default each recorded process that does anything is a worker, with its own operations in order', async (context) => {
  const plan = await planOf(context, two, orders);
  assert.deepEqual(
    plan.workers.map(({ process, openOperations }) => [process, openOperations]),
    [
      ['p0', 50],
      ['p1', 50],
    ],
  );
  for (const worker of plan.workers) {
    const operations = dealt(worker);
    assert.equal(operations.length, 50);
    assert.ok(operations.every(({ process }) => process === worker.process));
    assert.deepEqual(
      operations.map(({ at }) => at),
      operations.map((_, index) => index * 10),
    );
  }
  assert.deepEqual([plan.dealtAnew, plan.chained, plan.openOperations, plan.primary], [false, false, 100, 'order']);
  assert.ok(plan.spanMs > 490 && plan.spanMs < 490.1, 'the last operation is due within the span');
});

for (const workers of [1, 3, 8]) {
  test(`dealt anew to ${workers} workers, operations on the same lock stay together and nothing is lost`, async (context) => {
    const plan = await planOf(context, two, orders, { workers });
    assert.equal(plan.workers.length, workers);
    const homes = new Map<unknown, Set<string>>();
    for (const worker of plan.workers) {
      const operations = dealt(worker);
      assert.equal(operations.length, worker.openOperations);
      const times = operations.map(({ at }) => at ?? 0);
      assert.deepEqual(
        times,
        [...times].sort((a, b) => a - b),
      );
      for (const { fields } of operations) {
        const home = homes.get(fields?.key) ?? new Set();
        homes.set(fields?.key, home.add(worker.process));
      }
    }
    assert.equal(homes.size, 10);
    assert.ok([...homes.values()].every((home) => home.size === 1));
    assert.equal(
      plan.workers.reduce((sum, { openOperations }) => sum + openOperations, 0),
      100,
    );
    assert.equal(plan.dealtAnew, true);
  });
}

test('loops go to their own process, and round the workers when dealt anew', async (context) => {
  const header = headerOf([
    { name: 'p0' },
    { name: 'scanner', loop: { pauseMs: 20 } },
    { name: 'once', loop: { pauseMs: 0, repeat: false } },
  ]);
  const operations = [
    ...['scanner', 'once'].map((process) => ({ op: 'look', process, fields: { key: 'x' } })),
    { at: 5, op: 'order', process: 'p0', fields: { key: 'k' } },
  ];
  const plan = await planOf(context, header, operations);
  const lanes = plan.workers.map(({ process, loops }) => [process, loops.map((lane) => [lane.pauseMs, lane.repeat])]);
  assert.deepEqual(lanes, [
    ['p0', []],
    ['scanner', [[20, true]]],
    ['once', [[0, false]]],
  ]);
  assert.deepEqual([...plan.openKinds], ['order']);
  assert.deepEqual(plan.kinds.sort(), ['look', 'order']);
  const dealtPlan = await planOf(context, header, operations, { workers: 2 });
  assert.deepEqual(
    dealtPlan.workers.map(({ loops }) => loops.map(({ process }) => process)),
    [['scanner'], ['once']],
  );
});

test('--only keeps the kinds that are named, and what the tables mean is one of them', async (context) => {
  const mixed = merged(
    orders,
    every(7, 20, () => look('k1', 'p1')),
  );
  const plan = await planOf(context, { ...two, primary: 'order' }, mixed, { only: ['look'] });
  assert.deepEqual([plan.kinds, plan.primary, plan.openOperations], [['look'], 'look', 20]);
  assert.deepEqual(
    plan.workers.map(({ process }) => process),
    ['p1'],
  );
  await assert.rejects(planOf(context, two, mixed, { only: ['scan'] }), /--only scan: .*it has order, look/);
});

test('--duration keeps what is due before it', async (context) => {
  const plan = await planOf(context, two, orders, { durationMs: 100 });
  assert.equal(plan.openOperations, 20);
  assert.equal(plan.spanMs, 100);
  await assert.rejects(
    planOf(context, plainHeader, [{ at: 500, ...look('a') }], { durationMs: 100 }),
    /no operations due in its first 100 ms/,
  );
});

test('a chain stays together, and those that begin it at a time of their own with it', async (context) => {
  const chain = (name: string): TraceOperation[] => [
    { at: 0, op: 'order', process: 'p0', fields: { key: `${name}1` }, chain: name },
    { after: 5, op: 'order', process: 'p0', fields: { key: `${name}2` }, chain: name },
  ];
  const names = Array.from({ length: 12 }, (_, index) => `c${index}`);
  const plan = await planOf(context, two, names.flatMap(chain), { workers: 4 });
  assert.equal(plan.chained, true);
  for (const worker of plan.workers) {
    const counts = new Map<string, number>();
    for (const { chain: name = '' } of dealt(worker)) counts.set(name, (counts.get(name) ?? 0) + 1);
    assert.ok([...counts.values()].every((count) => count === 2));
  }
});

test('recorded durations are kept by kind, and structures whose writes can be followed are told', async (context) => {
  const recorded = orders.map((operation) => ({ ...operation, recorded: { ms: 200 } }));
  const plan = await planOf(context, two, recorded);
  assert.equal(plan.recorded.get('order')?.count, 100);
  assert.deepEqual(plan.verifiable, ['positions']);
});

test('a bad line is refused with its place, or left out and counted', async (context) => {
  const broken = [
    { at: 0, ...look('a') },
    { at: -1, ...look('b') },
    { at: 2, ...look('c') },
  ];
  await assert.rejects(planOf(context, plainHeader, broken), /trace\.jsonl:3: .*"at"/);
  const plan = await planOf(context, plainHeader, broken, { skipInvalid: true });
  assert.deepEqual([plan.openOperations, plan.summary.skipped], [2, 1]);
});

test('a trace of only a header has nothing to replay', async (context) => {
  await assert.rejects(planOf(context, plainHeader, []), /no operations/);
});

const submits = headerOf([{ name: 'p0' }, { name: 'daemon', loop: { pauseMs: 5 } }], {
  durationMs: 100,
  templates: {
    ...plainHeader.templates,
    submit: [{ do: 'submit', account: 'a', epoch: 1, cid: '{key}' }],
    two: [
      { do: 'submit', account: 'a', epoch: 1, cid: '{key}' },
      { do: 'submit', account: 'a', epoch: 1, cid: '{key}' },
    ],
  },
});
const daemon = { op: 'look', process: 'daemon', fields: { key: 'k' } };
const onlySubmits: [what: string, operations: TraceOperation[], submitsOnly: boolean][] = [
  ['submits alone', every(5, 2, () => ({ ...look('k'), op: 'submit' })), true],
  ['submits beside a loop', [daemon, ...every(5, 2, () => ({ ...look('k'), op: 'submit' }))], true],
  ['submits among others', [...every(5, 2, () => ({ ...look('k'), op: 'submit' })), { at: 9, ...look('k') }], false],
  ['two submits in one operation', [{ at: 0, ...look('k'), op: 'two' }], false],
  ['loops without a submit', [daemon], false],
  ['a loop of submits', [{ ...daemon, op: 'submit' }], false],
];

for (const [what, operations, expected] of onlySubmits) {
  test(`${what}: what is due at a time is ${expected ? '' : 'not '}submits only`, async (context) => {
    assert.equal((await planOf(context, submits, operations)).submitsOnly, expected);
  });
}
