import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { MeasuredResult, SafetyExample } from '#src/measure/result.js';
import type { Step, TraceOperation } from '#src/trace/operation.js';
import { every, headerOf, look, measured, merged, replayed, strategyOf } from './bench-trace.js';

const processes = ['p0', 'p1', 'p2', 'p3'];
const header = headerOf(processes.map((name) => ({ name })));

/** Orders of four processes that are due at the same times and want the same key; each section spans an await of 1 ms. */
const contended = merged(
  ...processes.map((process) => every(10, 80, () => ({ op: 'order', process, fields: { key: 'hot' } }))),
);

async function safetyOf(
  context: TestContext,
  strategy: string,
  operations: readonly TraceOperation[] = contended,
  traceHeader = header,
  settings: { closedConcurrency?: number } = {},
): Promise<MeasuredResult> {
  return measured(await replayed(context, traceHeader, operations, { strategies: [strategy], ...settings }));
}

/** An example names its key, two processes of the run, and when they did what. */
function assertTelling(examples: readonly SafetyExample[], kind: SafetyExample['kind']): void {
  const example = examples.find((one) => one.kind === kind);
  assert.ok(example !== undefined, `there is no example of ${kind}`);
  assert.match(example.key, /hot/);
  const [first, second] = example.sides;
  assert.ok(first !== undefined && second !== undefined);
  assert.notEqual(first.process, second.process);
  for (const { process, fromMs, toMs } of [first, second]) {
    assert.ok(processes.includes(process) && example.text.includes(process), example.text);
    assert.ok(toMs >= fromMs);
  }
  assert.match(example.text, /hot.*\d+\.\d{3} ms/);
}

test('a strategy that excludes nobody is caught by its overlaps and by what they lost', async (context) => {
  const { safety } = await safetyOf(context, strategyOf('broken', 'flaw=excludes-nobody'));
  assert.equal(safety.verdict, 'unsafe');
  assert.ok(safety.overlaps >= 10 && safety.lostUpdates > 0, JSON.stringify(safety));
  assert.match(safety.reason, /overlapped/);
  assertTelling(safety.examples, 'overlap');
  assertTelling(safety.examples, 'lostUpdate');
});

test('a strategy that forgets one update in a hundred is caught', async (context) => {
  const { safety } = await safetyOf(context, strategyOf('broken', 'flaw=loses-updates'));
  assert.equal(safety.verdict, 'unsafe');
  assert.equal(safety.overlaps, 0);
  // Each of the four clients forgets its 50th write.
  assert.equal(safety.lostUpdates, 4);
  assert.match(safety.reason, /4 updates were lost/);
  assert.ok(safety.examples.some(({ kind }) => kind === 'lostUpdate'));
});

test('a strategy that serves reads 50 ms old is caught', async (context) => {
  const { safety } = await safetyOf(context, strategyOf('broken', 'flaw=serves-old-reads'));
  assert.equal(safety.verdict, 'unsafe');
  assert.ok(safety.staleReads >= 10, `${safety.staleReads} stale reads`);
  assert.equal(safety.overlaps, 0);
  assert.match(safety.reason, /staler/);
  assertTelling(safety.examples, 'staleRead');
});

test('old reads are caught where nobody takes a lock, too', async (context) => {
  // Long enough for writes and reads of different processes to meet, however late some of them start on a busy machine.
  const readers = merged(
    ...['p2', 'p3'].map((process) => every(10, 250, () => look('hot', process))),
    every(10, 250, () => ({ op: 'order', process: 'p0', fields: { key: 'hot' } })),
  );
  const { safety } = await safetyOf(context, strategyOf('broken', 'flaw=serves-old-reads'), readers);
  assert.ok(safety.staleReads >= 10, `${safety.staleReads} stale reads`);
  assertTelling(safety.examples, 'staleRead');
});

test('the same strategy without a flaw is safe on the same trace', async (context) => {
  const { safety, locks } = await safetyOf(context, strategyOf('broken'));
  assert.deepEqual([safety.overlaps, safety.lostUpdates, safety.staleReads, safety.underLocked], [0, 0, 0, 0]);
  assert.equal(safety.verdict, 'safe', safety.reason);
  assert.deepEqual(safety.examples, []);
  assert.equal(locks.acquisitions, 320);
  assert.ok(locks.collisions > 0);
  const blamed = locks.blame.find(({ waiter, holder }) => waiter === 'order' && holder === 'order');
  assert.ok(blamed !== undefined && blamed.waitMs > 0 && blamed.key === 'hot' && !blamed.falseSharing);
});

test('the same trace under unlocked shows overlaps and lost updates, and reads unchecked: it claims nothing', async (context) => {
  const { safety } = await safetyOf(context, 'unlocked');
  assert.ok(safety.overlaps > 0 && safety.lostUpdates > 0, JSON.stringify(safety));
  assert.equal(safety.verdict, 'unchecked');
});

test('a run with too little concurrency to tell reads unchecked', async (context) => {
  const alone = every(25, 30, () => ({ op: 'order', process: 'p0', fields: { key: 'hot' } }));
  const { safety } = await safetyOf(context, 'lock-pool', alone);
  assert.equal(safety.verdict, 'unchecked');
  assert.match(safety.reason, /too little concurrency/);
});

test('what two keys guard too little is the trace’s fault, and not held against the strategy', async (context) => {
  const order: Step[] = [
    { do: 'lock', key: '{lock}' },
    { do: 'read', in: 'positions', key: 'hot' },
    { do: 'wait', ms: 1 },
    { do: 'write', in: 'positions', key: 'hot' },
    { do: 'unlock' },
  ];
  const underLocked = { ...header, templates: { order } };
  const operations = merged(
    ...processes.map((process, index) =>
      every(15, 60, () => ({ op: 'order', process, fields: { lock: index % 2 === 0 ? 'BTC' : 'ETH' } })),
    ),
  );
  const { safety } = await safetyOf(context, 'lock-pool', operations, underLocked);
  assert.ok(safety.underLocked > 0, JSON.stringify(safety));
  assert.deepEqual([safety.overlaps, safety.lostUpdates], [0, 0], JSON.stringify(safety));
  assert.equal(safety.verdict, 'safe', safety.reason);
  const example = safety.examples.find(({ kind }) => kind === 'underLocked');
  assert.match(example?.text ?? '', /no lock in common/);
});

test('single-manager with create=atomic lets one in, even where all meet on a fresh key', async (context) => {
  const fresh = merged(
    ...processes.map((process) =>
      every(12, 60, (index) => ({ op: 'order', process, fields: { key: `fresh-${index}` } })),
    ),
  );
  const { safety, locks } = await safetyOf(context, 'single-manager:create=atomic', fresh);
  assert.equal(safety.overlaps, 0);
  assert.equal(safety.verdict, 'safe', safety.reason);
  assert.equal(locks.created, 60);
});

const pair: Step[] = [
  { do: 'lock', key: ['{a}', '{b}'] },
  { do: 'read', in: 'positions', key: '{a}' },
  { do: 'read', in: 'positions', key: '{b}' },
  { do: 'wait', ms: 1 },
  { do: 'write', in: 'positions', key: '{b}' },
  { do: 'write', in: 'positions', key: '{a}' },
  { do: 'unlock' },
];

for (const strategy of ['lock-pool', 'lock-pool:size=1']) {
  test(`${strategy}: orders that take two keys in any order all finish, safe, even where both share a slot`, async (context) => {
    const keys = ['hot', 'warm', 'mild'];
    const operations = merged(
      ...processes.map((process, place) =>
        every(15, 60, (index) => {
          const [a = '', b = ''] = [keys[(index + place) % 3], keys[(index + 2 * place + 1) % 3]];
          return { op: 'pair', process, fields: { a, b } };
        }),
      ),
    );
    // Never more than eight waiting for a lock: however slow the machine, none waits until its time-out.
    const inTurn = { closedConcurrency: 8 };
    const result = await safetyOf(context, strategy, operations, { ...header, templates: { pair } }, inTurn);
    const { count, errors, timeouts, unfinished } = result.operations.pair ?? { count: 0 };
    assert.deepEqual([count, errors, timeouts, unfinished], [240, 0, 0, 0]);
    assert.equal(result.safety.verdict, 'safe', result.safety.reason);
    const falseWaits = result.locks.blame.filter(({ falseSharingMs }) => falseSharingMs > 0);
    if (strategy.endsWith('=1')) assert.ok(falseWaits.length > 0, 'one slot for all keys is false sharing');
  });
}

test('lock-pool never overlaps in 20,000 contended orders of 0.2 to 1 ms from 8 processes', async (context) => {
  const names = Array.from({ length: 8 }, (_, index) => `p${index}`);
  const order: Step[] = [
    { do: 'lock', key: '{key}' },
    { do: 'read', in: 'positions', key: '{key}' },
    { do: 'wait', ms: '{hold}' },
    { do: 'write', in: 'positions', key: '{key}' },
    { do: 'unlock' },
  ];
  const operations = merged(
    ...names.map((process, place) =>
      every(1, 2_500, (index) => ({
        op: 'order',
        process,
        fields: { key: `k${(index * 7 + place) % 12}`, hold: 0.2 + ((index * 13 + place) % 9) / 10 },
      })),
    ),
  );
  const many = headerOf(
    names.map((name) => ({ name })),
    { templates: { order } },
  );
  const run = await replayed(context, many, operations, { strategies: ['lock-pool'], closedConcurrency: 24 });
  const { operations: measuredKinds, safety, locks } = measured(run);
  assert.equal(measuredKinds.order?.count, 20_000);
  assert.equal(measuredKinds.order?.errors, 0);
  assert.equal(locks.acquisitions, 20_000);
  assert.deepEqual([safety.overlaps, safety.lostUpdates, safety.staleReads], [0, 0, 0]);
  assert.equal(safety.verdict, 'safe', safety.reason);
  assert.ok(safety.overlapsExpectedUnguarded > 1_000);
});
