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
  const seconds = [one, other].map((report) => 200 / (only(report).rounds[0]?.throughput.operationsPerSecond ?? 0));
  const merged = only(mergeReports([shard(one, 1, 2), shard(other, 2, 2)], names)).throughput.operationsPerSecond;
  // All that both finished, in the time of the slower one.
  assert.ok(Math.abs(merged - 400 / Math.max(...seconds)) < 1e-9);
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

test('cycles that came to something else in one shard make the whole unsafe', () => {
  const answers = { checked: 5, telling: 5, wrong: 0 };
  const shards = [1, 2].map((index) => {
    const result = measured({ label: 'a', seed: index });
    const differing = { differing: { cycles: index, example: '51 rows in place of 50 on b' } };
    const cycles = { different: 2, checked: index };
    const safety = { ...result.safety, verdict: 'unsafe' as const, answers, cycles, ...(index === 1 ? differing : {}) };
    return shard(reportOf([{ ...result, claims: { ...result.claims, rightAnswers: true }, safety }]), index, 2);
  });
  const { safety } = only(parseReport(reportText(mergeReports(shards, names)), 'whole.json'));
  assert.deepEqual(safety.cycles, { different: 4, checked: 3 });
  assert.deepEqual([safety.verdict, safety.differing?.cycles], ['unsafe', 1]);
  assert.match(safety.reason, /a cycle came to something else: 51 rows in place of 50 on b/);
});

test('shards that are missing are named, and nothing is merged', () => {
  const some = [1, 3].map((index) => shard(reportOf([measured({ label: 'a', seed: index })]), index));
  assert.throws(() => mergeReports(some, names), {
    code: 'BAD_REPORT',
    message: 'shards 2, 4 of 4 are missing: give all 4 reports, or replay again',
  });
});

test('a shard that is given twice among others is found, whichever it is', () => {
  const three = [1, 2, 2].map((index, seed) => shard(reportOf([measured({ label: 'a', seed })]), index, 3));
  assert.throws(
    () => mergeReports(three, names),
    /^IpcbenchError: b\.json and c\.json cannot be merged: both are shard 2\/3$/,
  );
});

const start = '2026-01-02T03:04:05.000Z';
const later = (ms: number): string => new Date(Date.parse(start) + ms).toISOString();
const two = (first: Partial<Report['run']>, second: Partial<Report['run']>): Report[] =>
  [first, second].map((run, index) => {
    const report = shard(reportOf([measured({ label: 'a', seed: index })]), index + 1, 2);
    return { ...report, run: { ...report.run, ...run } };
  });

test('shards on joined coordinators that started together are merged without a word', () => {
  const shared = { joined: 'abc', startAt: start };
  assert.deepEqual(mergeReports(two(shared, { ...shared, startAt: later(500) }), names).warnings, []);
});

test('shards on coordinators of their own, or not started together, are warned about', () => {
  const codes = (reports: Report[]): string[] => mergeReports(reports, names).warnings.map(({ code }) => code);
  assert.deepEqual(codes(two({}, {})), ['SHARDS_APART', 'SHARDS_NOT_TOGETHER']);
  const apart = two({ joined: 'abc', startAt: start }, { joined: 'abc', startAt: later(5_000) });
  assert.deepEqual(codes(apart), ['SHARDS_NOT_TOGETHER']);
});

test('shards of strategies without coordinators are not told that each had its own', () => {
  const alone = two({ startAt: start }, { startAt: start }).map((report) => ({
    ...report,
    results: [{ ...measured({ label: 'a' }), coordinators: [] }],
  }));
  assert.deepEqual(mergeReports(alone, names).warnings, []);
});

const otherRuns: [title: string, one: Partial<Report['run']>, other: Partial<Report['run']>, expected: RegExp][] = [
  ['different coordinators', { joined: 'a' }, { joined: 'b' }, /used different coordinators/],
  ['a start that only one was told', { startAt: start }, {}, /one was started with --start-at and the other without/],
  ['times that never met', { startAt: start }, { startAt: later(31_000) }, /never ran at the same time/],
];
for (const [title, one, other, expected] of otherRuns)
  test(`shards of ${title} are refused`, () => assert.throws(() => mergeReports(two(one, other), names), expected));

const safetyOf = (more: Partial<MeasuredResult['safety']>): Report[] =>
  [1, 2].map((index) => {
    const result = measured({ label: 'a', seed: index });
    return shard(reportOf([{ ...result, safety: { ...result.safety, ...more } }]), index, 2);
  });

test('shards are judged together: safe where each oracle saw everything and all of them saw enough', () => {
  const little = { verdict: 'unchecked', reason: 'too little', overlapsExpectedUnguarded: 6 } as const;
  assert.equal(only(mergeReports(safetyOf({}), names)).safety.verdict, 'safe');
  assert.equal(only(mergeReports(safetyOf(little), names)).safety.verdict, 'safe');
  const less = { ...little, overlapsExpectedUnguarded: 4 };
  assert.equal(only(mergeReports(safetyOf(less), names)).safety.verdict, 'unchecked');
});

test('nothing merged is safe where shards use the same locks, or where one was not measured', () => {
  const unseen = only(mergeReports(safetyOf({ verdict: 'unchecked', reason: 'x', unseen: 3 }), names)).safety;
  assert.deepEqual([unseen.verdict, unseen.unseen], ['unchecked', 6]);
  assert.match(unseen.reason, /what happened between shards no oracle saw/);
  const broken = safetyOf({ verdict: 'unsafe', reason: 'x', unseen: 3, overlaps: 2 });
  assert.equal(only(mergeReports(broken, names)).safety.verdict, 'unsafe');
  const [first] = safetyOf({});
  const failed = shard(reportOf([missing('a', 'failed', 'it died')]), 2, 2);
  assert.equal(only(mergeReports([first as Report, failed], names)).safety.verdict, 'unchecked');
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
