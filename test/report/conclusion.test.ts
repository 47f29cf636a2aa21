import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeasuredResult } from '#src/measure/result.js';
import { conclusionOf } from '#src/report/conclusion.js';
import { notes } from '#src/report/row.js';
import { measured, missing, reportOf, usualReport } from './sample.js';

test('it names the best safe strategy, by how much and at what cost', () => {
  const text = conclusionOf(usualReport());
  assert.match(
    text,
    /^lock-pool is the one to move to: order p99 \d+ ms against [\d.]+ s on single-manager \(−\d\d %\)/,
  );
  assert.match(text, /at 2 calls per operation instead of 7 and 31 % of a core/);
  assert.match(text, /it kept its promises/);
  assert.match(text, /bound by the coordinator manager/);
  assert.match(text, /Unsafe, whatever the speed: \.\/broken\.js/);
  assert.match(text, /Not measured: redis \(unavailable\)/);
});

test('it never recommends what broke a claim, claims nothing, or was measured by a saturated generator', () => {
  const slow = measured({ label: 'single-manager', medianMs: 900 });
  const others = [
    measured({ label: 'broken', medianMs: 10, safety: 'unsafe' }),
    measured({ label: 'none', medianMs: 1, claims: false, safety: 'unchecked' }),
    measured({ label: 'choked', medianMs: 20, saturated: true }),
    measured({ label: 'failing', medianMs: 15, errors: 200 }),
  ];
  const text = conclusionOf(reportOf([slow, ...others]));
  assert.doesNotMatch(text, /move to/);
  assert.match(text, /nothing to recommend beside single-manager/);
  assert.match(text, /generator was saturated on choked/);
  assert.match(text, /Too many operations \(order\) failed, timed out or never finished on failing \(20 %\)/);
});

test('a strategy that was safe in spite of a known race is recommended with that caveat, in the notes as well', () => {
  const racing = measured({ label: 'multi-manager', medianMs: 90 });
  const report = reportOf([
    measured({ label: 'single-manager', medianMs: 900 }),
    { ...racing, options: { create: 'check' }, claims: { ...racing.claims, race: true } },
  ]);
  assert.match(
    conclusionOf(report),
    /multi-manager is the one to move to.*but two processes that meet on a fresh key can each make a lock .* \(create=atomic closes that\)/,
  );
  assert.deepEqual(
    notes(report).map(({ label, text }) => [label, text.split(';')[0]]),
    [['multi-manager', 'safe in this run']],
  );
});

test('of one strategy alone the figures are told, and nothing is recommended', () => {
  const text = conclusionOf(reportOf([measured({ label: 'submit-target', medianMs: 30 })]));
  assert.match(
    text,
    /^Only submit-target was replayed: order p50 .*, p99 .*; name another --strategy to compare it with\./,
  );
  assert.doesNotMatch(text, /recommend|move to/);
});

test('an unchecked strategy comes with its caveat', () => {
  const report = reportOf([
    measured({ label: 'a', medianMs: 900 }),
    measured({ label: 'b', medianMs: 90, safety: 'unchecked' }),
  ]);
  assert.match(conclusionOf(report), /b is the one to move to.*but its safety is unchecked/);
});

test('a difference within the spread of the rounds is no reason to change', () => {
  const results = [
    measured({ label: 'a', medianMs: 100, rounds: 3 }),
    measured({ label: 'b', medianMs: 95, rounds: 3 }),
  ];
  const noise = {
    strategy: 'a',
    operation: 'order',
    rounds: 3,
    spreadPercent: { mean: 30, p50: 30, p95: 30, p99: 30, throughput: 5 },
  };
  assert.match(conclusionOf(reportOf(results, { noise })), /within the noise/);
});

for (const [what, count, medianMs, recommended] of [
  ['a few percent of one round', 1000, 96, false],
  ['a tenth and more of one round', 1000, 80, true],
  ['a fifth where one operation is all there is', 1, 80, false],
  ['most of it where one operation is all there is', 1, 20, true],
] as const)
  test(`${what} is ${recommended ? '' : 'no '}reason to change, with the noise unknown`, () => {
    const [slow, quick] = [100, medianMs].map((ms) => measured({ label: `at ${ms}`, medianMs: ms, count, seed: 1 }));
    assert.ok(slow !== undefined && quick !== undefined);
    const text = conclusionOf(reportOf([slow, quick]));
    assert.equal(text.includes('is the one to move to'), recommended, text);
    if (!recommended) assert.match(text, /^The differences are too small for one round: .*--rounds 3 or more/);
  });

test('calls per operation are told in the singular where there is one, and once where both make as many', () => {
  const told = (calls: number, baseCalls: number): string =>
    conclusionOf(
      reportOf([
        measured({ label: 'a', medianMs: 900, calls: baseCalls }),
        measured({ label: 'b', medianMs: 90, calls }),
      ]),
    );
  assert.match(told(1, 3), / at 1 call per operation instead of 3 and/);
  assert.match(told(3, 1), / at 3 calls per operation instead of 1 and/);
  assert.match(told(3, 3), / at as many calls per operation and/);
});

test('a saturated generator on the baseline leaves nothing to tell', () => {
  const report = reportOf([measured({ label: 'a', saturated: true }), measured({ label: 'b', medianMs: 1 })]);
  assert.match(
    conclusionOf(report),
    /^Nothing can be told: the load generator was saturated on a .*; use a lower --speed/,
  );
  const closed = { ...report, run: { ...report.run, options: { closed: true, concurrency: 8 } } };
  assert.match(conclusionOf(closed), /deal the closed loop to more --workers/);
});

test('where nothing came to an end the conclusion says so, and why, rather than holding times against each other', () => {
  const silent = measured({ label: 'a', count: 4, unfinished: 4 });
  const reason = 'worker p0 gave up: nothing ended for 2 s, and 36 operations were never sent';
  const text = conclusionOf(reportOf([{ ...silent, state: 'partial', reason }, measured({ label: 'b', medianMs: 1 })]));
  assert.match(text, /^Nothing can be told: on a no order came to an end\./);
  assert.match(
    text,
    /Measured in part only: a \(worker p0 gave up: nothing ended for 2 s, and 36 operations were never sent\)\./,
  );
  assert.doesNotMatch(text, /generator|move to/);
});

test('of failures the p99 of the others is told only where there are others', () => {
  const failing = measured({ label: 'a', count: 4, errors: 4 });
  const { order } = failing.operations;
  assert.ok(order !== undefined);
  const toldOf = (others: number): string => {
    const responseSucceededMs = { ...order.responseMs, count: others };
    const result = { ...failing, operations: { order: { ...order, responseSucceededMs } } };
    return notes(reportOf([result]))
      .map(({ text }) => text)
      .join('\n');
  };
  assert.match(toldOf(3), /4 errors of 4 .*; p99 of the others ~\d/);
  assert.doesNotMatch(toldOf(0), /of the others/);
});

test('a slower rest, one round, and nothing measured are each told', () => {
  const slower = reportOf([measured({ label: 'a', medianMs: 10 }), measured({ label: 'b', medianMs: 100 })]);
  assert.match(conclusionOf(slower), /^Nothing beats a here: the next best, b/);
  const once = reportOf([measured({ label: 'a', medianMs: 100 }), measured({ label: 'b', medianMs: 10 })]);
  assert.match(conclusionOf(once), /with one round the noise is unknown/);
  const none = reportOf([missing('a', 'failed', 'it died')]);
  assert.match(conclusionOf(none), /^Nothing could be told: no strategy was measured/);
});

test('a trace bound by one hot key is told as such', () => {
  const a = measured({ label: 'a', medianMs: 100, cpuPercent: 10 });
  const blame = [
    { waiter: 'order', holder: 'order', key: 'hot', waitMs: 9000, falseSharingMs: 0, falseSharing: false },
  ];
  const hot: MeasuredResult = { ...a, locks: { ...a.locks, blame } };
  assert.match(
    conclusionOf(reportOf([hot, measured({ label: 'b', medianMs: 90 })])),
    /bound by how long locks are held .* most for hot/,
  );
});

test('a recorded incident is held against the replay', () => {
  const recorded = { verdict: 'reproduced' as const, text: 'The incident was reproduced.' };
  assert.match(conclusionOf(reportOf([measured({ label: 'a' })], { recorded })), /The incident was reproduced\.$/);
});

test('a profiler inside the coordinators leaves nothing to tell', () => {
  const slowed = measured({ label: 'single-manager', medianMs: 900 });
  const others = [
    measured({ label: 'lock-pool', medianMs: 10 }),
    { ...measured({ label: 'x' }), slowedBy: 'clinic flame' },
  ];
  const onBaseline = conclusionOf(reportOf([{ ...slowed, slowedBy: 'clinic flame' }, ...others]));
  assert.match(onBaseline, /^Nothing can be told: clinic flame ran inside the coordinator of single-manager/);
  assert.doesNotMatch(onBaseline, /bound by|move to/);
  const onOther = conclusionOf(
    reportOf([slowed, { ...measured({ label: 'b', medianMs: 10 }), slowedBy: 'clinic flame' }]),
  );
  assert.match(onOther, /nothing to recommend beside single-manager/);
});
