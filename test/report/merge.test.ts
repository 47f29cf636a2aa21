import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isIpcbenchError } from '#src/errors.js';
import { Histogram } from '#src/measure/histogram.js';
import { percentilesOf } from '#src/measure/percentiles.js';
import type { MeasuredResult } from '#src/measure/result.js';
import { mergeReports } from '#src/report/merge.js';
import { measuredResults, type Report } from '#src/report/model.js';
import { parseReport, reportText } from '#src/report/store.js';
import { measured, missing, normal, reportOf, seeded } from './sample.js';

const names = ['a.json', 'b.json', 'c.json', 'd.json'];

function shard(report: Report, index: number, count = 4): Report {
  return { ...report, run: { ...report.run, shard: { index, count } } };
}

function only(report: Report): MeasuredResult {
  const [result] = measuredResults(report);
  assert.ok(result !== undefined);
  return result;
}

test('four shards merge into the histogram of the same samples unsharded, count for count', () => {
  const random = seeded(1);
  const whole = new Histogram();
  const parts = [1, 2, 3, 4].map(() => new Histogram());
  for (let index = 0; index < 2000; index++) {
    const ns = Math.round(1e8 * Math.exp(normal(random)));
    whole.record(ns);
    parts[index % 4]?.record(ns);
  }
  const shards = parts.map((part, index) => {
    const result = measured({ label: 'a', count: 10 });
    const { order } = result.operations;
    assert.ok(order !== undefined);
    const histograms = { ...order.histograms, response: part.encode() };
    const own = { ...order, count: part.count, responseMs: percentilesOf(part), histograms };
    return shard(reportOf([{ ...result, operations: { order: own } }]), index + 1);
  });
  const merged = mergeReports(shards, names);
  const order = only(merged).operations.order;
  assert.ok(order !== undefined);
  assert.equal(order.count, 2000);
  const added = Histogram.decode(order.histograms.response);
  const unsharded = Histogram.decode(whole.encode());
  assert.equal(added.count, unsharded.count);
  for (let rank = 1; rank <= 2000; rank++)
    assert.equal(added.percentile(rank / 20), unsharded.percentile(rank / 20), `sample ${rank}`);
  const { mean, ...expected } = percentilesOf(whole);
  const { mean: mergedMean, ...found } = order.responseMs;
  assert.deepEqual(found, expected);
  assert.ok(Math.abs(mergedMean - mean) < 0.001 * mean);
  assert.equal(merged.run.mergedFrom, 4);
  assert.equal(merged.run.shard, undefined);
  parseReport(reportText(merged), 'merged');
});

test('rates of shards add up, rates of repeated runs do not', () => {
  const one = reportOf([measured({ label: 'a', seed: 1, count: 100 })]);
  const other = reportOf([measured({ label: 'a', seed: 2, count: 100 })]);
  assert.equal(only(mergeReports([shard(one, 1, 2), shard(other, 2, 2)], names)).throughput.operationsPerSecond, 80);
  const runs = mergeReports([one, other], names);
  assert.equal(Math.round(only(runs).throughput.operationsPerSecond), 40);
  assert.deepEqual([only(runs).rounds.map((round) => round.round), runs.run.rounds], [[1, 2], 2]);
  assert.equal(runs.noise?.rounds, 2);
});

test('counts, costs and safety of the parts add up', () => {
  const one = shard(reportOf([measured({ label: 'a', seed: 1, count: 100, calls: 2 })]), 1, 2);
  const other = shard(reportOf([measured({ label: 'a', seed: 2, count: 300, calls: 6, safety: 'unsafe' })]), 2, 2);
  const result = only(mergeReports([one, other], names));
  assert.equal(result.calls.perOperation, 5);
  assert.deepEqual([result.safety.verdict, result.safety.overlaps], ['unsafe', 12]);
  assert.equal(result.locks.acquisitions, 400);
  assert.deepEqual(
    result.locks.blame.map((row) => [row.holder, row.waitMs]),
    [
      ['(nobody)', 8000],
      ['scan', 1800],
    ],
  );
  assert.deepEqual(result.series[0]?.operations.order?.count, 80);
});

test('a percentile that reached into unfinished operations in one part still does', () => {
  const one = reportOf([measured({ label: 'a', seed: 1, count: 1000, unfinished: 100 })]);
  const other = reportOf([measured({ label: 'a', seed: 2, count: 1000 })]);
  const atLeast = only(mergeReports([one, other], names)).operations.order?.responseMs.atLeast;
  assert.ok(atLeast?.includes('p99') && atLeast.includes('max'));
});

test('a strategy that failed in one part is partial in the whole', () => {
  const merged = mergeReports(
    [shard(reportOf([measured({ label: 'a' })]), 1, 2), shard(reportOf([missing('a', 'failed', 'it died')]), 2, 2)],
    names,
  );
  assert.deepEqual([merged.results[0]?.state, merged.results[0]?.reason], ['partial', 'it died']);
});

test('what slowed one part slowed the whole', () => {
  const slowed = reportOf([{ ...measured({ label: 'a', seed: 2 }), slowedBy: 'clinic flame' }]);
  const whole = mergeReports([reportOf([measured({ label: 'a', seed: 3 })]), slowed], names);
  assert.equal(only(parseReport(reportText(whole), 'whole.json')).slowedBy, 'clinic flame');
});

test('shards that are missing are warned about', () => {
  const merged = mergeReports(
    [shard(reportOf([measured({ label: 'a' })]), 1), shard(reportOf([measured({ label: 'a', seed: 2 })]), 3)],
    names,
  );
  assert.match(merged.warnings[0]?.text ?? '', /Only 2 of 4 shards/);
});

const base = reportOf([measured({ label: 'a', count: 100 })]);
const again = reportOf([measured({ label: 'a', count: 100, seed: 5 })]);
const refusals: [title: string, one: Report, other: Report, expected: RegExp][] = [
  ['other traces', base, { ...again, trace: { ...again.trace, sha256: 'cd' } }, /different traces/],
  ['other settings', base, { ...again, run: { ...again.run, options: { speed: 2 } } }, /different settings \(speed\)/],
  [
    'other hosts',
    base,
    { ...again, run: { ...again.run, host: { ...again.run.host, cpus: 8 } } },
    /different hosts \(cpus\)/,
  ],
  ['other strategies', base, reportOf([measured({ label: 'a' }), measured({ label: 'b' })]), /strategies differ \(b\)/],
  [
    'other baselines',
    reportOf([measured({ label: 'a' }), measured({ label: 'b' })]),
    reportOf([measured({ label: 'a', seed: 3 }), measured({ label: 'b' })], { baseline: 'b' }),
    /baselines differ/,
  ],
  ['the same run twice', base, base, /the same run twice/],
  ['the same shard twice', shard(base, 1), shard(again, 1), /both are shard 1/],
  ['a shard and a whole', shard(base, 1), again, /one is a shard and the other a whole run/],
  ['shards of different splits', shard(base, 1, 2), shard(again, 2, 3), /different splits/],
];
for (const [title, one, other, expected] of refusals) {
  test(`${title} are refused`, () => {
    assert.throws(
      () => mergeReports([one, other], names),
      (error) =>
        isIpcbenchError(error, 'BAD_REPORT') &&
        expected.test(error.message) &&
        error.message.startsWith('a.json and b.json'),
    );
  });
}

test('where results are written and how they are judged may differ', () => {
  const other = {
    ...again,
    run: { ...again.run, options: { ...again.run.options, report: 'x.json', failOn: ['p99>1s'] } },
  };
  assert.equal(only(mergeReports([base, other], names)).operations.order?.count, 200);
});
