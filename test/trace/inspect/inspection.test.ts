import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspectTrace, type TraceInspection } from '#src/trace/inspect/inspection.js';
import { RateSeries, sparkline } from '#src/trace/inspect/rate-series.js';
import { renderInspection } from '#src/trace/inspect/rendering.js';
import { TopCounts } from '#src/trace/inspect/top-counts.js';
import type { Step } from '#src/trace/operation.js';
import { sampleHeader, sampleOrder, temporaryFile, traceLines } from '../sample.js';

async function inspected(context: TestContext, header: unknown, ...lines: unknown[]): Promise<TraceInspection> {
  return inspectTrace(await temporaryFile(context, 't.jsonl', traceLines(header, ...lines)));
}

const withOrder = (steps: Step[]): unknown => ({ ...sampleHeader, durationMs: 1000, templates: { order: steps } });
const orderAt = (at: number, key = 'k'): unknown => ({ ...sampleOrder, at, fields: { key, bytes: 10, ms: 5 } });
const fixture = (name: string): string => fileURLToPath(new URL(`../../../../fixtures/${name}.jsonl`, import.meta.url));

test('a trace without operations has nothing to show, and shows it', async (context) => {
  const inspection = await inspected(context, sampleHeader);
  assert.equal(inspection.primary, undefined);
  assert.equal(inspection.verdict.bound, 'neither');
  assert.match(renderInspection(inspection), /No operation with a due time takes a lock/);
});

test('hold times of a key add up to its utilisation', async (context) => {
  const steps: Step[] = [
    { do: 'wait', ms: 500 },
    { do: 'lock', key: '{key}' },
    { do: 'wait', ms: 20 },
    { do: 'cpu', ms: '{ms}' },
    { do: 'unlock' },
    { do: 'wait', ms: 500 },
  ];
  const lines = [...Array.from({ length: 30 }, (_, index) => orderAt(index)), orderAt(50, 'other')];
  const { keys, kinds, demand, verdict } = await inspected(context, withOrder(steps), ...lines);
  const [hottest, other] = keys.hottest;
  assert.deepEqual(hottest, { key: 'k', count: 30, share: 30 / 31, utilisation: 0.75 });
  assert.equal(other?.key, 'other');
  assert.equal(kinds[0]?.minimumServiceMs, 1025);
  assert.ok(Math.abs(demand.coresNeeded - 0.155) < 1e-9);
  assert.ok(Math.abs(demand.concurrency - 31 * 1.025) < 1e-9);
  assert.equal(verdict.bound, 'hot-key');
});

test('whole values through one coordinator make a trace bound by it', async (context) => {
  const structures = [
    {
      name: 'ledgers',
      kind: 'dict',
      group: 'ledger',
      value: { bytes: 100_000, shape: 'nested' },
      initial: { prefix: 'b', count: 100 },
    },
  ];
  const header = {
    ...sampleHeader,
    structures,
    durationMs: 1000,
    templates: { order: [{ do: 'read-all', in: 'ledgers' }] },
  };
  const lines = Array.from({ length: 10 }, (_, index) => orderAt(index * 100));
  const { demand, verdict } = await inspected(context, header, ...lines);
  assert.equal(demand.bytesPerSecond, 100_000_000);
  assert.equal(demand.callsPerSecond, 10);
  assert.equal(verdict.bound, 'coordinator');
});

test('a loop goes round as often as its pauses allow, and one that waits for messages as often as they come', async (context) => {
  const processes = [
    { name: 'validator' },
    { name: 'scanner', loop: { pauseMs: 100 } },
    { name: 'taker', loop: { pauseMs: 0 } },
  ];
  const templates = {
    order: [{ do: 'put', in: 'messages' }],
    scan: [
      { do: 'wait', ms: 150 },
      { do: 'read', in: 'clock' },
    ],
    take: [{ do: 'take', in: 'messages' }],
  };
  const header = { ...sampleHeader, processes, templates, durationMs: 10_000 };
  const lines = [
    { op: 'scan', process: 'scanner' },
    { op: 'take', process: 'taker' },
    ...Array.from({ length: 50 }, (_, index) => orderAt(index * 100)),
  ];
  const { demand } = await inspected(context, header, ...lines);
  // 50 puts, 50 takes, and about 40 reads in 10 s
  assert.ok(Math.abs(demand.callsPerSecond - 14) < 0.1, `${demand.callsPerSecond}`);
});

test('recorded durations are summed up where there are any', async (context) => {
  const recorded = (ms: number): unknown => ({ ...sampleOrder, recorded: { ms } });
  const { kinds } = await inspected(context, sampleHeader, recorded(1), recorded(2), recorded(900), sampleOrder);
  const { count, p50, max } = kinds[0]?.recordedMs ?? {};
  assert.equal(count, 3);
  assert.ok(Math.abs((p50 ?? 0) - 2) < 0.01 && Math.abs((max ?? 0) - 900) < 1);
});

test('the incident is bound by the coordinator, and neither the quiet nor the contended orders are', async () => {
  const bounds = await Promise.all(
    ['orders-quiet', 'orders-incident', 'orders-contended'].map(
      async (name) => (await inspectTrace(fixture(name))).verdict.bound,
    ),
  );
  assert.deepEqual(bounds, ['neither', 'coordinator', 'neither']);
});

test('keys that a terminal would obey are escaped', async (context) => {
  const text = renderInspection(await inspected(context, sampleHeader, orderAt(1, '\u001b[31m\n')));
  assert.ok(text.includes('\\u001b[31m\\n') && !text.includes('\u001b'));
});

test('keys are counted exactly up to the capacity, and beyond it in bounded memory with a stated error', () => {
  const counts = new TopCounts(100);
  for (let index = 0; index < 200; index++) counts.add(`k${index % 150}`, 2);
  assert.ok(counts.exact && counts.shortBy === 0 && counts.size === 150);
  assert.deepEqual(counts.top(1), [{ key: 'k0', count: 2, weight: 4 }]);
  for (let index = 0; index < 20_000; index++) {
    counts.add(`rare${index}`, 1);
    if (index % 4 === 0) counts.add('hot', 1);
  }
  assert.ok(!counts.exact && counts.size <= 200);
  const [hottest] = counts.top(1);
  assert.equal(hottest?.key, 'hot');
  assert.ok((hottest?.count ?? 0) <= 5000 && (hottest?.count ?? 0) >= 5000 - counts.shortBy);
});

test('rates are kept in a bounded number of slots, however long the trace', () => {
  const rate = new RateSeries(4, 10);
  assert.deepEqual(rate.series(0), { slotMs: 10, counts: [] });
  for (const at of [0, 5, 12, 39]) rate.add(at);
  assert.deepEqual(rate.series(40), { slotMs: 10, counts: [2, 1, 0, 1] });
  rate.add(100);
  assert.deepEqual(rate.series(160), { slotMs: 40, counts: [4, 0, 1, 0] });
});

test('a sparkline draws zero, some and all', () => {
  assert.equal(sparkline([]), '');
  assert.equal(sparkline([0, 0]), '▁▁');
  assert.equal(sparkline([0, 4, 8]), '▁▅█');
});

test('submits are counted: rows missing, tiers unknown, ids of nobody, and accounts in one epoch', async (context) => {
  const submit = { do: 'submit', account: '{a}', epoch: '{e}', tier: '{t}', cid: 'c', seq: '{s}', lagged: '{l}' };
  const header = { ...sampleHeader, templates: { submit: [submit] } };
  const line = (at: number, a: string, e: number, t: string, s: number | string, l: number) => {
    return { at, op: 'submit', process: sampleHeader.processes[0]?.name, fields: { a, e, t, s, l } };
  };
  const lines = [
    line(0, 'x', 1, 'gold', 7, 1),
    line(1, 'y', 1, 'unknown', 8, 0),
    line(2, 'x', 2, 'gold', 'unknown', 1),
  ];
  const inspection = await inspectTrace(await temporaryFile(context, 't.jsonl', traceLines(header, ...lines)));
  const { submits } = inspection;
  assert.deepEqual(submits, { count: 3, missing: 2, withoutTier: 1, unknown: 1, accountsInEpoch: 2, atLeast: false });
  assert.match(renderInspection(inspection), /submits: 3, the row of 2 missing in the replica \(66\.7 %\)/);
});

test('cycles are counted: miners, those cut and those that fail, and how much the largest brings', async (context) => {
  const miners = [
    { delayMs: 1, rows: 10, floats: 100 },
    { delayMs: 2, rows: 10, floats: 100, fails: true },
    { delayMs: 500, rows: 10, floats: 100 },
  ];
  const draw = { count: 7, delay: { minMs: 1, maxMs: 2 }, rows: 2, floats: 5 };
  const header = {
    ...sampleHeader,
    templates: {
      forward: [{ do: 'forward', timeoutMs: 500, miners, payloadScale: 0.5 }],
      drawn: [{ do: 'forward', timeoutMs: 400, miners: draw }],
    },
  };
  const process = sampleHeader.processes[0]?.name;
  const lines = [
    { at: 0, op: 'forward', process },
    { at: 1, op: 'drawn', process },
  ];
  const inspection = await inspectTrace(await temporaryFile(context, 't.jsonl', traceLines(header, ...lines)));
  assert.deepEqual(inspection.cycles, {
    count: 2,
    miners: 10,
    named: 3,
    cut: 1,
    failing: 1,
    fewestMiners: 3,
    mostMiners: 7,
    timeoutMs: 500,
    shortestTimeoutMs: 400,
    largestNumbers: 1000,
  });
  const told =
    /cycles: 2 of 3 to 7 miners, 33\.3 % of them cut .*; time-out 0\.4 s to 0\.5 s, up to 1000 numbers a cycle/;
  assert.match(renderInspection(inspection), told);
});

test('cycles and submits inside an each are counted as often as they run, and ones that are all alike are told without ranges', async (context) => {
  const forward = { do: 'forward', timeoutMs: 500, miners: [{ delayMs: 1, rows: 1, floats: 1 }] };
  const submit = { do: 'submit', account: '{item}', epoch: 1, cid: 'c' };
  const inner = [{ do: 'each', keys: ['a', 'b'], steps: [forward, submit] }];
  const header = { ...sampleHeader, templates: { both: [{ do: 'each', keys: ['x', 'y', 'z'], steps: inner }] } };
  const line = { at: 0, op: 'both', process: sampleHeader.processes[0]?.name };
  const inspection = await inspectTrace(await temporaryFile(context, 't.jsonl', traceLines(header, line)));
  assert.match(renderInspection(inspection), /cycles: 6 of 1 miner, .*; time-out 0\.5 s, up to 1 number a cycle/);
  assert.deepEqual([inspection.submits?.count, inspection.submits?.accountsInEpoch], [6, 2]);
});
