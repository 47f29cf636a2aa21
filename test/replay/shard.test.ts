import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { makePlan, type Plan, type PlanOptions } from '#src/replay/plan.js';
import { refuseImpossibleLoad } from '#src/replay/refusal.js';
import { parseShard, type Sharding } from '#src/replay/shard.js';
import type { TraceHeader, TraceOperation } from '#src/trace/operation.js';
import { every, folder, headerOf, merged, writeTrace } from './bench-trace.js';

type Trace = [header: TraceHeader, operations: TraceOperation[]];

async function shardsOf(
  context: TestContext,
  [header, operations]: Trace,
  count: number,
  by: Sharding = 'group',
  more: Partial<PlanOptions> = {},
): Promise<Plan[]> {
  const trace = await writeTrace(context, header, operations);
  const common = { trace, workers: undefined, only: [], durationMs: undefined, skipInvalid: false };
  return Promise.all(
    Array.from({ length: count }, async (_, index) =>
      makePlan({ ...common, directory: await folder(context), shard: { index: index + 1, count, by }, ...more }),
    ),
  );
}

function operationsOf({ workers }: Plan): TraceOperation[] {
  const files = workers.flatMap(({ openFile, loops }) => [openFile, ...loops.map(({ file }) => file)]);
  return files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as TraceOperation),
  );
}

const order = (process: string, key: string): Omit<TraceOperation, 'at'> => ({ op: 'order', process, fields: { key } });

/** Twelve processes, three of which each share their keys; the last two loop, and the first has chains. */
function groupedTrace(): Trace {
  const names = Array.from({ length: 12 }, (_, index) => `p${index}`);
  const header = headerOf(names.map((name, index) => (index < 10 ? { name } : { name, loop: { pauseMs: 5 } })));
  const keyOf = (process: number, index: number): string => `group${process % 4}-k${index % 5}`;
  const open = names
    .slice(0, 10)
    .map((name, process) => every(10, 20 + process, (index) => order(name, keyOf(process, index))));
  const loops = [10, 11].flatMap((process) =>
    Array.from({ length: 3 }, (_, index) => order(`p${process}`, keyOf(process, index))),
  );
  const chains = ['a', 'b'].flatMap((chain) =>
    Array.from({ length: 4 }, (_, index) => ({ ...order('p0', keyOf(0, index)), chain, after: 2 })),
  );
  return [header, [...merged(...open), ...loops, ...chains]];
}

test('four shards hold every operation once, and share neither a process nor a key', async (context) => {
  const trace = groupedTrace();
  const plans = await shardsOf(context, trace, 4);
  const parts = plans.map(operationsOf);
  const told = (operations: readonly TraceOperation[]): string[] => operations.map((one) => JSON.stringify(one)).sort();
  assert.deepEqual(told(parts.flat()), told(trace[1]));
  for (const what of [
    ({ process }: TraceOperation) => process,
    ({ fields }: TraceOperation) => String(fields?.key),
    ({ process, chain = '' }: TraceOperation) => `${process} ${chain}`,
  ]) {
    const owners = new Map<string, Set<number>>();
    for (const [shard, operations] of parts.entries())
      for (const one of operations) owners.set(what(one), (owners.get(what(one)) ?? new Set()).add(shard));
    assert.ok([...owners.values()].every((shards) => shards.size === 1));
  }
  for (const [index, plan] of plans.entries()) {
    assert.deepEqual(
      [plan.shard?.index, plan.shard?.operations, plan.shard?.unseen],
      [index + 1, parts[index]?.length, 0],
    );
    for (const worker of plan.workers) {
      const times = operationsOf({ ...plan, workers: [{ ...worker, loops: [] }] }).flatMap(({ at }) => at ?? []);
      assert.deepEqual(
        times,
        [...times].sort((a, b) => a - b),
      );
    }
  }
});

test('every shard knows the kinds, the span and the rate of the whole', async (context) => {
  const trace = groupedTrace();
  const [whole] = await shardsOf(context, trace, 1, 'group', { shard: undefined });
  assert.ok(whole !== undefined);
  for (const plan of await shardsOf(context, trace, 4)) {
    assert.deepEqual(
      [plan.kinds, plan.primary, plan.spanMs, plan.openOperationsOfAll, plan.verifiable, plan.summary.sha256],
      [whole.kinds, whole.primary, whole.spanMs, whole.openOperations, whole.verifiable, whole.summary.sha256],
    );
  }
});

test('what is left out by --only and --duration is left out before the split', async (context) => {
  const plans = await shardsOf(context, groupedTrace(), 4, 'group', { durationMs: 100 });
  const open = plans.flatMap(operationsOf).filter(({ at }) => at !== undefined);
  assert.equal(open.length, 100);
  assert.ok(open.every(({ at = 0 }) => at < 100));
});

/** Four processes that all want one key, beside keys of their own. */
const contended: Trace = [
  headerOf(['a', 'b', 'c', 'd'].map((name) => ({ name }))),
  merged(
    ...['a', 'b', 'c', 'd'].map((name) =>
      every(10, 30, (index) => order(name, index % 3 === 0 ? 'hot' : `${name}-own`)),
    ),
  ),
];

test('where all processes want one lock they cannot be told apart, and the message says how to split them all the same', async (context) => {
  await assert.rejects(shardsOf(context, contended, 2), {
    code: 'BAD_OPTION',
    message: /cannot be split into 2: all its processes take locks in common; .*--shard-by process/,
  });
});

test('by process, each process is whole, and what shards have in common is counted', async (context) => {
  const plans = await shardsOf(context, contended, 4, 'process');
  assert.deepEqual(
    plans.map(({ workers }) => workers.map(({ process }) => process)),
    [['a'], ['b'], ['c'], ['d']],
  );
  // The lock of the hot key, and its entry.
  assert.deepEqual(
    plans.map(({ shard }) => shard?.unseen),
    [2, 2, 2, 2],
  );
  await assert.rejects(
    shardsOf(context, contended, 5, 'process'),
    /only 4 of its processes do anything; use --shard i\/4/,
  );
});

test('a structure that one shard reads whole and another writes is seen by neither alone', async (context) => {
  const scan = { op: 'scan', process: 'scanner', steps: [{ do: 'read-all' as const, in: 'positions' }] };
  const header = headerOf([{ name: 'writer' }, { name: 'scanner' }]);
  const operations = merged(
    every(10, 10, () => order('writer', 'k')),
    every(20, 5, () => scan),
  );
  const plans = await shardsOf(context, [header, operations], 2);
  const unseen = Object.fromEntries(plans.map(({ workers, shard }) => [workers[0]?.process, shard?.unseen]));
  assert.deepEqual(unseen, { writer: 0, scanner: 1 });
});

test('locks that only the run knows may be those of anyone', async (context) => {
  const sweep: TraceOperation = {
    at: 0,
    op: 'sweep',
    process: 'sweeper',
    steps: [{ do: 'each', in: 'positions', steps: [{ do: 'lock', key: '{item}' }, { do: 'unlock' }] }],
  };
  const header = headerOf([{ name: 'writer' }, { name: 'sweeper' }]);
  const trace: Trace = [header, [sweep, ...every(10, 10, () => order('writer', 'k'))]];
  await assert.rejects(shardsOf(context, trace, 2), /all its processes take locks in common/);
  const plans = await shardsOf(context, trace, 2, 'process');
  assert.ok(plans.every(({ shard }) => (shard?.unseen ?? 0) > 0));
});

test('a shard of loops alone plays its part in a rate, and has nothing to do in a closed loop', async (context) => {
  const header = headerOf([{ name: 'writer' }, { name: 'scanner', loop: { pauseMs: 5 } }]);
  const operations = [
    ...every(10, 10, () => order('writer', 'k')),
    { op: 'look', process: 'scanner', fields: { key: 'x' } },
  ];
  const plans = await shardsOf(context, [header, operations], 2);
  const loops = plans.find(({ openOperations }) => openOperations === 0);
  assert.ok(loops !== undefined);
  assert.doesNotThrow(() => refuseImpossibleLoad({ ratePerSecond: 50 }, loops));
  assert.throws(() => refuseImpossibleLoad({ closedConcurrency: 2 }, loops), /all operations of this shard are loops/);
});

test('standard input cannot be split, since it is read twice', async (context) => {
  await assert.rejects(
    shardsOf(context, contended, 2, 'process', { trace: '-' }),
    /give a file instead of standard input/,
  );
});

for (const text of ['0/4', '5/4', '1/1', '4', '1/0', 'a/b', '1/4/2', '-1/4', ''])
  test(`--shard ${text} is refused`, () => assert.throws(() => parseShard(text, 'group'), /expected i\/n/));

test('--shard 2/8 is the second of eight', () => {
  assert.deepEqual(parseShard('2/8', 'process'), { index: 2, count: 8, by: 'process' });
});
