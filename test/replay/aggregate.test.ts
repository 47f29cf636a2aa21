import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from '#src/measure/histogram.js';
import { LogBuckets } from '#src/measure/log-buckets.js';
import { percentilesOf } from '#src/measure/percentiles.js';
import { seriesOf } from '#src/replay/aggregate.js';

function histogramOf(samplesMs: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const ms of samplesMs) histogram.record(ms * 1e6);
  return histogram;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

test('a summary gives percentiles in milliseconds with their count', () => {
  const summary = percentilesOf(histogramOf(upTo(1_000)));
  assert.equal(summary.count, 1_000);
  for (const [name, ms] of [
    ['p50', 500] as const,
    ['p90', 900] as const,
    ['p99', 990] as const,
    ['max', 1000] as const,
  ])
    assert.ok(Math.abs(summary[name] - ms) <= ms * 0.001, `${name} ${summary[name]}`);
  assert.equal(summary.mean, 500.5);
});

test('without samples everything reads zero and nothing is marked', () => {
  const { count, p50, max, atLeast, thin } = percentilesOf(new Histogram());
  assert.deepEqual([count, p50, max, atLeast, thin], [0, 0, 0, undefined, undefined]);
});

const thinCases: [count: number, marked: string[] | undefined][] = [
  [10_000, undefined],
  [9_999, ['p999']],
  [1_000, ['p999']],
  [999, ['p99', 'p999']],
  [200, ['p99', 'p999']],
  [199, ['p95', 'p99', 'p999']],
  [100, ['p95', 'p99', 'p999']],
  [99, ['p90', 'p95', 'p99', 'p999']],
  [19, ['p50', 'p90', 'p95', 'p99', 'p999']],
];

for (const [count, marked] of thinCases) {
  test(`of ${count} samples, ${marked?.join(', ') ?? 'no percentile'} has fewer than 10 samples beyond it`, () => {
    assert.deepEqual(percentilesOf(histogramOf(upTo(count))).thin, marked);
  });
}

test('percentiles that reach into unfinished operations are lower bounds', () => {
  const samples = [...Array(97).fill(10), 500, 500, 500];
  assert.deepEqual(percentilesOf(histogramOf(samples), 500e6).atLeast, ['p99', 'p999', 'max']);
  assert.equal(percentilesOf(histogramOf(samples)).atLeast, undefined);
});

test('finished operations slower than an unfinished one are lower bounds too: the unfinished may be slower still', () => {
  const samples = [...Array(50).fill(10), ...Array(50).fill(900)];
  assert.deepEqual(percentilesOf(histogramOf(samples), 300e6).atLeast, ['p90', 'p95', 'p99', 'p999', 'max']);
});

test('series join what several workers recorded in the same second, and leave no second out', () => {
  const buckets = (...ms: number[]): number[] => {
    const one = new LogBuckets();
    for (const each of ms) one.record(each * 1e6);
    return one.toJSON();
  };
  const points = seriesOf(
    [
      { second: 0, operations: { order: buckets(10) } },
      { second: 2, operations: { order: buckets(20, 30), scan: buckets(5) } },
      { second: 2, operations: { order: buckets(40) } },
    ],
    [],
  );
  assert.deepEqual(
    points.map(({ second, operations }) => [second, operations.order?.count ?? 0, operations.scan?.count ?? 0]),
    [
      [0, 1, 0],
      [1, 0, 0],
      [2, 3, 1],
    ],
  );
  assert.equal(points[2]?.operations.order?.maxMs, 40);
});
