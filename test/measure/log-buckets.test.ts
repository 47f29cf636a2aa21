import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogBuckets } from '#src/measure/log-buckets.js';

test('a percentile is at most 2 % above the sample it stands for, and never above the largest', () => {
  const buckets = new LogBuckets();
  for (let sample = 1; sample <= 1_000; sample++) buckets.record(sample * 1_000);
  for (const percentile of [1, 50, 95, 99]) {
    const exact = percentile * 10_000;
    const read = buckets.percentile(percentile);
    assert.ok(read >= exact * 0.999 && read <= exact * 1.02, `p${percentile}: ${read} instead of ${exact}`);
  }
  assert.equal(buckets.percentile(100), 1_000_000);
  assert.equal(buckets.max, 1_000_000);
});

test('buckets sent as plain data add up', () => {
  const [a, b, sum] = [new LogBuckets(), new LogBuckets(), new LogBuckets()];
  for (const sample of [5, 5, 70]) a.record(sample);
  for (const sample of [0, 4_000]) b.record(sample);
  sum.add(JSON.parse(JSON.stringify(a)));
  sum.add(JSON.parse(JSON.stringify(b)));
  assert.equal(sum.count, 5);
  assert.equal(sum.max, 4_000);
  assert.ok(Math.abs(sum.percentile(60) - 5) <= 0.1);
});

test('without samples everything reads zero', () => {
  const buckets = new LogBuckets();
  assert.deepEqual([buckets.count, buckets.max, buckets.percentile(50)], [0, 0, 0]);
});
