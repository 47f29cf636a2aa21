import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from '#src/measure/histogram.js';
import { percentilesOf } from '#src/measure/percentiles.js';
import type { MeasuredResult } from '#src/measure/result.js';
import { parseCondition } from '#src/report/condition.js';
import { evaluate } from '#src/report/evaluation.js';
import type { Report } from '#src/report/model.js';
import { selfTest } from '#src/report/self-test.js';
import { renderTable } from '#src/report/table.js';
import { measured, reportOf } from './sample.js';

/** Ten cycles that took half a second longer than their time-out, among these. */
function reportWith(counts: Record<string, number>, unfinishedOrders = 0, more: Partial<MeasuredResult> = {}): Report {
  const [cycleMs, overTimeoutMs] = [new Histogram(), new Histogram()];
  for (let cycle = 0; cycle < 10; cycle++) {
    cycleMs.record(2500 * 1e6);
    overTimeoutMs.record(500 * 1e6);
  }
  const figures = { cycleMs: percentilesOf(cycleMs), overTimeoutMs: percentilesOf(overTimeoutMs) };
  const histograms = { cycleMs: cycleMs.encode(), overTimeoutMs: overTimeoutMs.encode() };
  const forward = { figures, counts, gauges: { workersLeft: 2 }, notes: [], histograms };
  return reportOf([{ ...measured({ label: 'a', unfinished: unfinishedOrders }), workload: { forward }, ...more }]);
}

function statusOf(condition: string, report: Report): string {
  return evaluate(parseCondition(condition), report).status;
}

const cases: [what: string, counts: Record<string, number>, unfinishedOrders: number, status: string][] = [
  ['all cycles ended', { cyclesBegun: 10 }, 0, 'passed'],
  ['all ended, and an order did not', { cyclesBegun: 10 }, 3, 'passed'],
  ['one of them failed', { cyclesBegun: 10, cyclesFailed: 1 }, 0, 'undecided'],
  ['one of them never ended', { cyclesBegun: 10, cyclesUnfinished: 1 }, 0, 'undecided'],
  ['one more never ended, by an earlier version', { cyclesBegun: 11 }, 0, 'undecided'],
  ['an earlier version did not count them', {}, 0, 'passed'],
  ['an earlier version did not count them, and something never ended', {}, 1, 'undecided'],
];

for (const [what, counts, unfinishedOrders, status] of cases)
  test(`a condition on the time of cycles, where ${what}, is ${status}`, () => {
    const report = reportWith(counts, unfinishedOrders);
    assert.equal(statusOf('cycle>timeout+10s', report), status);
    assert.equal(statusOf('cycle>timeout+100ms', report), 'failed');
  });

for (const [what, counts, status] of [
  ['none did and the report says so', { cyclesBegun: 10, cyclesFailed: 0 }, 'passed'],
  ['none did and the report does not count them', { cyclesBegun: 10 }, 'passed'],
  ['one did', { cyclesBegun: 10, cyclesFailed: 1 }, 'failed'],
  ['an earlier version did not count those that began', {}, 'unmeasured'],
] satisfies [string, Record<string, number>, string][])
  test(`cyclesFailed>0, where ${what}, is ${status}`, () => {
    const report = reportWith(counts);
    assert.equal(statusOf('cyclesFailed>0', report), status);
    assert.equal(selfTest([parseCondition('cyclesFailed>0')], report, {})[0]?.canFail, status !== 'unmeasured');
    const [, table = ''] = renderTable(report, { color: false, width: 200 }).split('What forward adds:');
    assert.equal(/ failed /.test(table), status !== 'unmeasured');
  });

test('cycles that never ended are shown as lower bounds', () => {
  const [, table = ''] = renderTable(reportWith({ cyclesBegun: 10, cyclesUnfinished: 1 }), {
    color: false,
    width: 200,
  }).split('What forward adds:');
  assert.match(table, /≥2.5 s +≥2.5 s +≥500 ms/);
});

for (const [condition, status] of [
  ['workersLeft>0', 'failed'],
  ['workersLeft>1', 'failed'],
  ['workersLeft=0', 'passed'],
  ['workersLeft>2', 'unmeasured'],
  ['cyclesFailed>0', 'unmeasured'],
  ['rows<5', 'unmeasured'],
  ['rows>2', 'failed'],
  ['cycle>timeout+100ms', 'unmeasured'],
] as const)
  test(`${condition} on a partial result, which has counted 2 processes left over and 3 rows, is ${status}`, () => {
    const partial = { state: 'partial' as const, reason: 'worker 0 was ended by SIGKILL' };
    assert.equal(statusOf(condition, reportWith({ cyclesBegun: 10, cyclesFailed: 0, rows: 3 }, 0, partial)), status);
  });
