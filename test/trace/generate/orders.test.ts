import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generatorNamed } from '#src/trace/generate/index.js';
import { generateOrders } from '#src/trace/generate/orders.js';
import { type OrdersParameters, ordersPresets } from '#src/trace/generate/orders-parameters.js';
import type { Step, TraceOperation } from '#src/trace/operation.js';
import { validateTrace } from '#src/trace/reader.js';
import { writeTrace } from '#src/trace/writer.js';
import { temporaryFolder } from '../sample.js';

const ordersOf = (values: Partial<OrdersParameters>, seed = 1): TraceOperation[] =>
  [...generateOrders({ durationMs: 10_000, ...values }, { seed }).operations].filter(({ op }) => op === 'order');

const keyOf = ({ fields }: TraceOperation): string => `${fields?.account}|${fields?.instrument}`;

test('the same seed gives the same operations, another seed others', () => {
  assert.deepEqual(ordersOf({}), ordersOf({}));
  assert.notDeepEqual(ordersOf({}), ordersOf({}, 2));
});

test('the orders stay the same when a daemon is added', () => {
  assert.deepEqual(ordersOf({ drawdownProcesses: 0 }), ordersOf({ drawdownProcesses: 4 }));
});

for (const ordersPerSecond of [0, 1, 2000]) {
  test(`${ordersPerSecond} orders a second come at about that rate`, () => {
    const expected = ordersPerSecond * 10;
    const deviation = 6 * Math.sqrt(expected);
    const found = ordersOf({ ordersPerSecond }).length;
    assert.ok(Math.abs(found - expected) <= deviation, `${found} orders`);
  });
}

test('bursts keep the rate and bring orders close together', () => {
  const close = (burstSize: number): number => {
    const times = ordersOf({ ordersPerSecond: 20, burstSize, durationMs: 100_000 }).map(({ at }) => at ?? 0);
    assert.ok(times.length > 1500 && times.length < 2500, `${times.length} orders`);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
    return times.filter((at, index) => index > 0 && at - (times[index - 1] ?? 0) < 10).length / times.length;
  };
  assert.ok(close(5) > 2 * close(1));
});

test('a skew makes some keys more popular, and hot keys take their share', () => {
  const hottest = (values: Partial<OrdersParameters>): number => {
    const counts = new Map<string, number>();
    const found = ordersOf({ ordersPerSecond: 500, ...values });
    for (const order of found) counts.set(keyOf(order), (counts.get(keyOf(order)) ?? 0) + 1);
    return Math.max(...counts.values()) / found.length;
  };
  assert.ok(hottest({ accountSkew: 1.2, instrumentSkew: 1.2 }) > 4 * hottest({ accountSkew: 0, instrumentSkew: 0 }));
  assert.equal(new Set(ordersOf({ hotKeys: 8 }).map(keyOf)).size, 8);
  assert.ok(new Set(ordersOf({ hotKeys: 8, hotShare: 0.5 }).map(keyOf)).size > 8);
});

test('an order of the model case reads and writes as often as was counted in one', () => {
  const steps = generateOrders().header.templates?.order ?? [];
  const locked = steps.findIndex((step) => step.do === 'lock');
  const calls = (list: Step[]): number => list.filter((step) => ['read', 'write', 'put'].includes(step.do)).length;
  // With two calls to fetch the lock and acquire it: 16 to 19; with the release 9 to 11 of them under the lock
  assert.ok(calls(steps) + 3 >= 16 && calls(steps) + 3 <= 19);
  assert.ok(calls(steps.slice(locked)) + 1 >= 9 && calls(steps.slice(locked)) + 1 <= 11);
  const waits = steps.map((step) => (step.do === 'wait' ? Number(step.ms) : 0));
  assert.equal(
    waits.reduce((sum, ms) => sum + ms),
    200,
  );
});

test('jitter spreads the processing time, and computing is a step of its own', async (context) => {
  const { header, operations } = generateOrders({ processJitter: 0.5, processCpuMs: 3, workScale: 2 });
  const spread = [...operations].flatMap(({ op, fields }) => (op === 'order' ? [Number(fields?.processMs)] : []));
  assert.ok(Math.min(...spread) >= 150 && Math.max(...spread) <= 450 && new Set(spread).size > 100);
  assert.deepEqual(
    header.templates?.order?.filter((step) => step.do === 'cpu'),
    [{ do: 'cpu', ms: 6 }],
  );
  const path = `${await temporaryFolder(context)}/t.jsonl`;
  await writeTrace(path, header, operations);
  assert.equal((await validateTrace(path)).operations, header.operations);
});

test('in the contended preset no key is held for more than 0.7 of the duration', () => {
  const { durationMs = 0, processMs = 0, diskMs = 0, ...values } = ordersPresets['orders-contended']?.values ?? {};
  const counts = new Map<string, number>();
  for (const order of ordersOf({ ...values, durationMs }, 13))
    counts.set(keyOf(order), (counts.get(keyOf(order)) ?? 0) + 1);
  assert.equal(counts.size, 8);
  const utilisation = (Math.max(...counts.values()) * (processMs + diskMs)) / durationMs;
  // Half of it, since a real hold includes the calls beside the waits
  assert.ok(utilisation > 0.1 && utilisation < 0.35, `${utilisation}`);
});

for (const [values, message] of [
  [{ acounts: 1 }, /no parameter is called "acounts": did you mean "accounts"\?/],
  [{ accounts: 0.5 }, /parameter "accounts" is 0.5, expected a whole number from 1 to 100000/],
  [{ hotShare: 2 }, /parameter "hotShare" is 2, expected a number from 0 to 1/],
  [{ fetchMs: -1 }, /parameter "fetchMs" is -1, expected a number of 0 or more/],
  [{ fetchMs: Number.NaN }, /parameter "fetchMs" is NaN/],
] as const) {
  test(`parameters ${JSON.stringify(values)} are refused`, () => {
    assert.throws(() => generatorNamed('orders').generate(values), { code: 'BAD_OPTION', message });
  });
}
