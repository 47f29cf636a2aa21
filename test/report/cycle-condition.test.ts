import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from '#src/measure/histogram.js';
import { percentilesOf } from '#src/measure/percentiles.js';
import { parseCondition } from '#src/report/condition.js';
import { evaluate } from '#src/report/evaluation.js';
import { measured, reportOf } from './sample.js';

/** Ten cycles that ended, half a second over their time-out, among these. */
function statusOf(condition: string, counts: Record<string, number>, unfinishedOrders = 0): string {
  const [cycleMs, overTimeoutMs] = [new Histogram(), new Histogram()];
  for (let cycle = 0; cycle < 10; cycle++) {
    cycleMs.record(2500 * 1e6);
    overTimeoutMs.record(500 * 1e6);
  }
  const figures = { cycleMs: percentilesOf(cycleMs), overTimeoutMs: percentilesOf(overTimeoutMs) };
  const histograms = { cycleMs: cycleMs.encode(), overTimeoutMs: overTimeoutMs.encode() };
  const forward = { figures, counts, gauges: {}, notes: [], histograms };
  const result = { ...measured({ label: 'a', unfinished: unfinishedOrders }), workload: { forward } };
  return evaluate(parseCondition(condition), reportOf([result])).status;
}

const cases: [what: string, counts: Record<string, number>, unfinishedOrders: number, status: string][] = [
  ['all cycles ended', { cyclesBegun: 10 }, 0, 'passed'],
  ['all ended, and an order did not', { cyclesBegun: 10 }, 3, 'passed'],
  ['one of them failed', { cyclesBegun: 10, cyclesFailed: 1 }, 0, 'undecided'],
  ['one more never ended', { cyclesBegun: 11 }, 0, 'undecided'],
  ['an earlier version did not count them', {}, 0, 'passed'],
  ['an earlier version did not count them, and something never ended', {}, 1, 'undecided'],
];

for (const [what, counts, unfinishedOrders, status] of cases)
  test(`a condition on the time of cycles, where ${what}, is ${status}`, () => {
    assert.equal(statusOf('cycle>timeout+10s', counts, unfinishedOrders), status);
    assert.equal(statusOf('cycle>timeout+100ms', counts, unfinishedOrders), 'failed');
  });
