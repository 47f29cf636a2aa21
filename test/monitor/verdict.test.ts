import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultThresholds, isSaturated, verdictOf } from '#src/monitor/verdict.js';

const cases: [cpuPercent: number, runQueueWaitPercent: number, verdict: string, saturated: boolean][] = [
  [0, 0, 'healthy', false],
  [50, 0, 'healthy', false],
  [50.1, 0, 'overloaded', false],
  [80, 0, 'overloaded', false],
  [80.1, 0, 'severe', true],
  [100, 0, 'severe', true],
  [30, 20, 'healthy', false],
  [30, 21, 'starved', false],
  [30, 51, 'starved', true],
  [60, 30, 'overloaded', true],
  [2, 3, 'healthy', false],
];

for (const [cpuPercent, runQueueWaitPercent, verdict, saturated] of cases) {
  test(`${cpuPercent} % of a core and ${runQueueWaitPercent} % waiting for one reads ${verdict}`, () => {
    const use = { cpuPercent, runQueueWaitPercent };
    assert.equal(verdictOf(use, defaultThresholds), verdict);
    assert.equal(isSaturated(use, defaultThresholds), saturated);
  });
}

test('nothing measured reads unknown', () => {
  assert.equal(verdictOf(undefined, defaultThresholds), 'unknown');
  assert.equal(isSaturated(undefined, defaultThresholds), false);
});

test('thresholds of the user replace the usual ones', () => {
  const use = { cpuPercent: 40, runQueueWaitPercent: 0 };
  assert.equal(verdictOf(use, { overloadedPercent: 20, severePercent: 90 }), 'overloaded');
  assert.equal(verdictOf(use, { overloadedPercent: 20, severePercent: 30 }), 'severe');
});
