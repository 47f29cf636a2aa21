import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderDetails } from '#src/report/details.js';
import { measuredResults } from '#src/report/model.js';
import { otherIsTooLarge, renderPhases } from '#src/report/phase-table.js';
import { renderSweep } from '#src/report/sweep-curve.js';
import { renderTable } from '#src/report/table.js';
import { measured, missing, reportOf, usualReport } from './sample.js';

const plain = { color: false, width: 120 };
const colour = '\u001b[';

test('the table has a row for every strategy, the unavailable with its reason', () => {
  const text = renderTable(usualReport(), plain);
  assert.match(
    text,
    /^strategy +count +p50 +p95 +p99 +max +p99 change +ops\/s +calls\/op +bytes\/op +coordinator +safety$/m,
  );
  assert.match(text, /^single-manager +3,000 .* baseline +40 +7 +4.6 kB +97 % severe +safe$/m);
  assert.match(text, /^lock-pool +3,000 .* −\d\d % +40 +2 +4.6 kB +31 % healthy +safe$/m);
  assert.match(text, /^redis +unavailable: no redis-server on the PATH/m);
  assert.match(text, /^none: does nothing/m);
});

test('the table fits 120 columns, and a narrow terminal gets every figure in a stacked form', () => {
  for (const width of [120, 60, 40]) {
    const text = renderTable(usualReport(), { color: false, width });
    for (const line of text.split('\n')) assert.ok([...line].length <= width, `${width}: ${line}`);
    for (const word of ['p99 change', 'coordinator', 'unsafe', '97 % severe']) assert.ok(text.includes(word), word);
  }
});

test('colours appear only when they are asked for', () => {
  assert.ok(renderTable(usualReport(), { color: true, width: 120 }).includes(colour));
  assert.ok(!renderTable(usualReport(), plain).includes(colour));
});

test('percentiles that reach into unfinished operations and thin ones are marked, with a legend', () => {
  const text = renderTable(reportOf([measured({ label: 'a', count: 200, unfinished: 5 })]), plain);
  assert.match(text, /^a +200 .*~.*≥/m);
  assert.match(text, /^≥: /m);
  assert.match(text, /^~: /m);
  assert.match(text, /^a: order: 5 unfinished of 200$/m);
  assert.doesNotMatch(renderTable(usualReport(), plain), /^[≥~]: /m);
});

test('a saturated generator and failures are flagged beside the figures', () => {
  const text = renderTable(reportOf([measured({ label: 'a', saturated: true, errors: 3 })]), plain);
  assert.match(text, /^a ! /m);
  assert.match(text, /generator saturated: dispatch lag p99/);
  assert.match(text, /3 errors of 1,000 \(“lock lost” 3×\)/);
});

test('a report without anything measured still has its table', () => {
  const text = renderTable(reportOf([missing('redis', 'failed', 'it died')], { baseline: 'redis' }), plain);
  assert.match(text, /redis +failed: it died/);
});

test('the phase breakdown adds up to the mean service time', () => {
  const report = reportOf([measured({ label: 'a', medianMs: 100 })]);
  const result = report.results[0];
  assert.ok(result !== undefined && 'operations' in result);
  const order = result.operations.order;
  assert.ok(order !== undefined);
  const sum = Object.values(order.phasesMs).reduce((total, phase) => total + phase.mean, 0);
  assert.ok(Math.abs(sum - order.serviceMs.mean) < 0.01 * order.serviceMs.mean);
  const text = renderPhases(report, plain);
  for (const row of ['wait', 'acquire', 'service time', 'dispatch lag', 'held'])
    assert.match(text, new RegExp(`^${row} `, 'm'));
  assert.equal(otherIsTooLarge(order), false);
});

test('over 5 % of time in no phase is told as a defect', () => {
  const result = measured({ label: 'a' });
  const order = result.operations.order;
  assert.ok(order !== undefined);
  const other = { ...order.phasesMs.other, mean: order.serviceMs.mean * 0.06 };
  const report = reportOf([{ ...result, operations: { order: { ...order, phasesMs: { ...order.phasesMs, other } } } }]);
  assert.match(renderPhases(report, plain), /other is over 5 % on a \(.*\): the phases/);
});

test('over 5 % of a very short time in no phase is told as what the replay itself takes', () => {
  const result = measured({ label: 'a' });
  const order = result.operations.order;
  assert.ok(order !== undefined);
  const [other, serviceMs] = [
    { ...order.phasesMs.other, mean: 0.08 },
    { ...order.serviceMs, mean: 0.9 },
  ];
  const short = { ...order, serviceMs, phasesMs: { ...order.phasesMs, other } };
  const text = renderPhases(reportOf([{ ...result, operations: { order: short } }]), plain);
  assert.match(text, /other is over 5 % on a \(80 µs\): operations this short/);
});

test('many strategies are broken into several phase tables that fit, and no word of a name is', () => {
  const report = reportOf(
    Array.from({ length: 12 }, (_, index) => measured({ label: `strategy-number-${index}`, count: 50 })),
  );
  const text = renderPhases(report, { color: false, width: 80 });
  for (const line of text.split('\n')) assert.ok([...line].length <= 80, line);
  assert.equal(text.match(/^service time/gm)?.length, 4);
  for (const { label } of report.results) assert.equal(text.match(new RegExp(`${label}(?!\\d)`, 'g'))?.length, 1);
});

test('the time that locks are held has a row where anything held one', () => {
  const holding = reportOf([measured({ label: 'a', count: 50 })]);
  assert.match(renderPhases(holding, plain), /^held/m);
  const [result] = measuredResults(holding);
  const order = result?.operations.order ?? assert.fail('no order');
  order.holdMs = { ...order.holdMs, mean: 0 };
  assert.doesNotMatch(renderPhases(holding, plain), /^held/m);
});

test('the details tell who waited for whom, long-held locks, safety examples, noise and sections per worker', () => {
  const text = renderDetails(usualReport(), plain);
  assert.match(text, /Who waited for whom on single-manager:/);
  assert.match(text, /^order +\(nobody\) +a2\/ETH/m);
  assert.match(text, /^a1\/BTC +orders-1 +order +813 ms +1\.5 s$/m);
  assert.match(text, /Safety of \.\/broken\.js: 12 overlaps, 3 lost updates/);
  assert.match(text, /orders-2 was inside from/);
  assert.match(text, /Noise floor: the 3 rounds of single-manager lie/);
  assert.match(text, /480–520/);
  assert.doesNotMatch(text, /p50 lies/);
});

test('p50 is called a liar where one strategy starves workers that another serves', () => {
  const report = reportOf([
    measured({ label: 'fair' }),
    measured({ label: 'polling', sections: { min: 1, max: 396 } }),
  ]);
  assert.match(renderDetails(report, plain), /p50 lies on polling/);
});

test('a sweep is told point by point', () => {
  const report = reportOf(
    [measured({ label: 'lock-pool:size=1' }), measured({ label: 'lock-pool:size=16', medianMs: 50 })],
    {
      sweep: {
        strategy: 'lock-pool',
        option: 'size',
        points: [
          { label: 'lock-pool:size=1', value: 1 },
          { label: 'lock-pool:size=16', value: 16 },
        ],
      },
    },
  );
  assert.match(renderSweep(report, plain), /lock-pool by size:\n\nsize +p99 of order.*\n.*\n1 .*\n16 /);
});
