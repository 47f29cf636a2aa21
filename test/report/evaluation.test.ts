import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isIpcbenchError } from '#src/errors.js';
import { parseCondition } from '#src/report/condition.js';
import { evaluate } from '#src/report/evaluation.js';
import { exitCodeOf, requireSafe, tellOutcomes } from '#src/report/gate.js';
import { measured, missing, reportOf, usualReport } from './sample.js';

const status = (text: string, report = usualReport(), options = {}): string =>
  evaluate(parseCondition(text), report, options).status;

test('a condition without a strategy means every strategy that was measured', () => {
  assert.equal(status('p99>10s'), 'passed');
  assert.equal(status('p99>1s'), 'failed');
  assert.equal(status('[lock-pool]p99>1s'), 'passed');
  assert.equal(status('overlaps>0'), 'failed');
  assert.equal(status('[lock-pool]overlaps>0'), 'passed');
  assert.equal(status('[lock-pool]scan.p99<1ms'), 'passed');
});

test('a limit against the baseline leaves the baseline itself out', () => {
  assert.equal(status('p99>0.9x'), 'passed');
  assert.equal(status('[lock-pool]p99>0.1x'), 'failed');
  assert.equal(status('calls>0.5x'), 'passed');
});

test('with --slo a condition must hold', () => {
  assert.equal(status('p99<1s', usualReport(), { mode: 'must-hold' }), 'failed');
  assert.equal(status('[lock-pool]p99<1s', usualReport(), { mode: 'must-hold' }), 'passed');
});

const errors: [text: string, expected: RegExp][] = [
  ['[lock-poll]p99>1s', /no strategy "lock-poll" in the report; it has none, single-manager/],
  ['submit.p99>1s', /no operation "submit" in the report; it has order, scan/],
  ['p99>+10%', /needs a base report/],
];
for (const [text, expected] of errors) {
  test(`"${text}" is an error, never a silent pass`, () => {
    assert.throws(
      () => status(text),
      (error) => isIpcbenchError(error, 'BAD_CONDITION') && expected.test(error.message),
    );
  });
}

test('a named strategy that is unavailable or failed could not be measured', () => {
  assert.equal(status('[redis]p99>1s'), 'unmeasured');
  assert.equal(status('p99>10s', reportOf([measured({ label: 'a' }), missing('b', 'failed', 'died')])), 'unmeasured');
});

test('a saturated generator or a partial result never passes', () => {
  const report = reportOf([measured({ label: 'a', saturated: true })]);
  assert.equal(status('p99>10s', report), 'unmeasured');
  assert.equal(status('overlaps>0', report), 'unmeasured');
  const partial = reportOf([{ ...measured({ label: 'a' }), state: 'partial', reason: 'worker 3 died' }]);
  assert.equal(status('p99>10s', partial), 'unmeasured');
  const base = reportOf([measured({ label: 'a', saturated: true }), measured({ label: 'b' })]);
  assert.equal(status('[b]p99>10x', base), 'unmeasured');
});

test('a percentile that reaches into unfinished operations decides only what it can', () => {
  const report = reportOf([measured({ label: 'a', medianMs: 100, count: 1000, unfinished: 50 })]);
  assert.equal(status('p99>10ms', report), 'failed');
  assert.equal(status('p99>10s', report), 'undecided');
  assert.equal(status('p99<10ms', report), 'passed');
  assert.equal(status('p50>10s', report), 'passed');
  assert.equal(status('mean>10s', report), 'undecided');
});

test('a thin percentile near the limit is undecided, far from it is not', () => {
  const result = measured({ label: 'a', medianMs: 100, count: 200 });
  const report = reportOf([result]);
  const p99 = result.operations.order?.responseMs.p99 ?? 0;
  assert.equal(status(`p99>${(p99 * 0.99).toFixed(3)}ms`, report), 'undecided');
  assert.equal(status('p99>10ms', report), 'failed');
  assert.equal(status('p99>10s', report), 'passed');
});

test('a ratio that the rounds do not agree on is undecided', () => {
  const noisy = reportOf([
    measured({ label: 'a', rounds: 5, roundNoise: 0.3 }),
    measured({ label: 'b', rounds: 5, roundNoise: 0.3, seed: 9 }),
  ]);
  assert.equal(status('[b]p50>1x', noisy), 'undecided');
  assert.equal(status('[b]p50>9x', noisy), 'passed');
});

test('between separate runs a latency is undecided until three base reports give the spread between runs', () => {
  const run = (seed: number, medianMs = 100) => reportOf([measured({ label: 'a', medianMs, seed })]);
  const options = (count: number) => ({ bases: [1, 2, 3].slice(0, count).map((seed) => run(seed)) });
  assert.equal(status('p50>+50%', run(4, 300), options(1)), 'undecided');
  assert.equal(status('p50>+50%', run(4, 300), options(3)), 'failed');
  assert.equal(status('p50>+50%', run(4, 100), options(3)), 'passed');
  assert.equal(status('calls>+0%', run(4), options(1)), 'passed');
  assert.throws(
    () => status('[a]p50>+50%', run(4), { bases: [reportOf([measured({ label: 'b' })])] }),
    /no figures of a/,
  );
});

test('--require-safe fails the unsafe, cannot decide the unchecked, and asks nothing of who claims nothing', () => {
  assert.equal(requireSafe(usualReport()).status, 'failed');
  assert.equal(
    requireSafe(reportOf([measured({ label: 'a' }), measured({ label: 'b', safety: 'unchecked' })])).status,
    'undecided',
  );
  assert.equal(
    requireSafe(reportOf([measured({ label: 'a' }), measured({ label: 'none', claims: false, safety: 'unchecked' })]))
      .status,
    'passed',
  );
  assert.equal(
    requireSafe(reportOf([measured({ label: 'none', claims: false, safety: 'unchecked' })])).status,
    'undecided',
  );
});

test('--require-safe fails one that claims nothing where its cycles came to something else', () => {
  const result = measured({ label: 'mine', claims: false, safety: 'unsafe' });
  assert.equal(requireSafe(reportOf([measured({ label: 'a' }), result])).status, 'failed');
});

test('the exit code is that of the first thing that applies', () => {
  const fine = reportOf([measured({ label: 'a' })]);
  const outcome = (text: string, report = fine) => evaluate(parseCondition(text), report);
  const passed = outcome('p99>10s');
  const failed = outcome('p99>1ms');
  const undecided = { ...passed, status: 'undecided' as const };
  const saturated = outcome('p99>1s', reportOf([measured({ label: 'a', saturated: true })]));
  assert.equal(exitCodeOf({ report: fine, outcomes: [] }), 0);
  assert.equal(exitCodeOf({ report: fine, outcomes: [passed] }), 0);
  assert.equal(exitCodeOf({ report: fine, outcomes: [undecided] }), 4);
  assert.equal(exitCodeOf({ report: fine, outcomes: [undecided, failed] }), 1);
  assert.equal(exitCodeOf({ report: fine, outcomes: [failed, saturated] }), 3);
  assert.equal(exitCodeOf({ report: { ...fine, state: 'interrupted' }, outcomes: [saturated] }), 130);
  assert.equal(exitCodeOf({ report: fine, outcomes: [], comparison: { worse: true, undecided: true } }), 1);
  assert.equal(exitCodeOf({ report: fine, outcomes: [], comparison: { worse: false, undecided: true } }), 4);
  const without = reportOf([measured({ label: 'a' }), missing('redis', 'unavailable', 'not installed')]);
  assert.equal(exitCodeOf({ report: without, outcomes: [] }), 3);
  assert.equal(exitCodeOf({ report: without, outcomes: [], unavailableMatters: false }), 0);
  assert.match(tellOutcomes([passed, failed])[0] ?? '', /^p99>1ms: FAILED: \[a\] p99 is/);
});

test('no condition takes the figures of a result that a profiler slowed', () => {
  const report = reportOf([{ ...measured({ label: 'a' }), slowedBy: 'clinic flame' }]);
  assert.equal(status('p99>10h', report), 'unmeasured');
  assert.match(evaluate(parseCondition('p99>10h'), report).text, /clinic flame ran inside its coordinator/);
});
