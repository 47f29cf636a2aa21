import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomFrom } from '#src/measure/random.js';
import type { MeasuredPart, MeasuredResult, RoundResult } from '#src/measure/result.js';
import { compareReports, compareWithin } from '#src/report/comparison.js';
import type { Comparison, ComparisonRow } from '#src/report/comparison-model.js';
import { renderComparison } from '#src/report/comparison-table.js';
import { withoutFalseGains } from '#src/report/failure-comparison.js';
import type { Report } from '#src/report/model.js';
import { measured, normal, reportOf } from './sample.js';

const count = 1000;
const template = measured({ label: 'template', rounds: 1, count });
const [templateRound] = template.rounds;

/** A part whose orders failed to that share, and took `factor` times as long and as many bytes. */
function failing(part: MeasuredPart, share: number, factor: number): Pick<MeasuredPart, 'operations' | 'throughput'> {
  const { order } = part.operations;
  assert.ok(order !== undefined);
  const { responseMs: latency, calls } = order;
  const responseMs = { ...latency, p50: latency.p50 * factor, p95: latency.p95 * factor, p99: latency.p99 * factor };
  const errors = Math.round(share * order.count);
  return {
    operations: {
      order: { ...order, errors, responseMs, calls: { ...calls, perOperation: calls.perOperation * factor } },
    },
    throughput: { operationsPerSecond: 40 },
  };
}

/** A result with a round for each share of failures. */
function rounds(label: string, shares: readonly number[], factor = 1): MeasuredResult {
  assert.ok(templateRound !== undefined);
  const made = shares.map((share, index): RoundResult => {
    return { ...templateRound, ...failing(templateRound, share, factor), round: index + 1 };
  });
  const whole = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  return { ...template, ...failing(template, whole, factor), strategy: label, label, rounds: made };
}

const alone = (shares: readonly number[], factor = 1): Report => reportOf([rounds('single-manager', shares, factor)]);

function verdictsOf({ rows }: Comparison): Record<string, string> {
  const named = rows.map((row): [string, string] => [`${row.relative ? '~' : ''}${row.metric}`, row.verdict]);
  return Object.fromEntries(named);
}

test('an endpoint that fails every request sooner than it answered before is worse, and nothing of it is better', () => {
  const bases = [alone([0, 0]), alone([0, 0, 0, 0]), alone([0, 0])];
  const comparison = compareReports(bases, alone([1, 1], 0.75));
  const verdicts = verdictsOf(comparison);
  assert.equal(verdictsOf(compareReports(bases, alone([0, 0], 0.75))).p50, 'better');
  assert.deepEqual([verdicts.failures, comparison.verdict], ['worse', 'worse']);
  for (const metric of ['p50', 'p95', 'p99', 'calls']) assert.notEqual(verdicts[metric], 'better', metric);
  const shown = renderComparison(comparison, { color: false, width: 120 });
  assert.match(shown, /^order\.failures +0 % +100 % +\+100 points +– +worse$/m);
  assert.match(shown, /inconclusive: no gain: 100 % of order fail, 0 % did before/);
});

test('the throughput of a strategy that fails more often is no gain, and that of another is', () => {
  const row = (strategy: string, metric: 'throughput' | 'failures', verdict: 'better' | 'worse'): ComparisonRow => {
    return { strategy, metric, relative: false, base: 0, current: 20, changePercent: 20, verdict, reason: '' };
  };
  const failures = [{ ...row('a', 'failures', 'worse'), operation: 'order' }];
  const rows = [row('a', 'throughput', 'better'), row('b', 'throughput', 'better')];
  const verdicts = withoutFalseGains(rows, failures, 5).map(({ verdict }) => verdict);
  assert.deepEqual(verdicts, ['inconclusive', 'better']);
});

test('in one run, a side that fails a tenth more often in each of 5 rounds is worse, and no longer better for being faster', () => {
  const old = rounds('./old.js', [0.01, 0.02, 0, 0.01, 0.03]);
  const sides = (share: number) =>
    reportOf([
      old,
      rounds(
        './new.js',
        [0.14, 0.11, 0.12, 0.15, 0.13].map((s) => s * share),
        0.5,
      ),
    ]);
  const verdicts = verdictsOf(compareWithin(sides(1), './old.js'));
  assert.deepEqual([verdicts.failures, verdicts.p50], ['worse', 'inconclusive']);
  const kept = verdictsOf(compareWithin(sides(0.1), './old.js'));
  assert.deepEqual([kept.failures, kept.p50], ['same', 'better']);
});

test('between two runs only a growth that no shift of a whole run explains is worse; less of one takes the gain away all the same', () => {
  const run = (shares: readonly number[], factor = 1): Report =>
    reportOf([rounds('single-manager', [0, 0, 0, 0, 0]), rounds('lock-pool', shares, factor)]);
  const none = [0, 0, 0, 0, 0];
  const pool = (current: Report) => {
    const { rows } = compareReports([run(none)], current);
    return verdictsOf({ rows: rows.filter(({ strategy }) => strategy === 'lock-pool') } as Comparison);
  };
  assert.deepEqual([pool(run(none, 0.5)).failures, pool(run(none, 0.5))['~p50']], ['same', 'better']);
  const some = pool(run([0.2, 0.2, 0.2, 0.2, 0.2], 0.5));
  assert.deepEqual([some.failures, some['~p50'], some.calls], ['inconclusive', 'inconclusive', 'inconclusive']);
  assert.equal(pool(run([1, 1, 1, 1, 1], 0.5)).failures, 'worse');
});

test('one round of few operations that all fail is enough to tell, two of three that fail are not', () => {
  const few = (errors: number, operations: number): Report => {
    const report = alone([0]);
    const [result] = report.results;
    assert.ok(result !== undefined && 'rounds' in result);
    const scaled = <Part extends MeasuredPart>(part: Part): Part => {
      const { order } = part.operations;
      assert.ok(order !== undefined);
      return { ...part, operations: { order: { ...order, count: operations, errors } } };
    };
    return { ...report, results: [{ ...scaled(result), rounds: result.rounds.map(scaled) }] };
  };
  assert.equal(verdictsOf(compareReports([few(0, 20)], few(20, 20))).failures, 'worse');
  assert.equal(verdictsOf(compareReports([few(0, 3)], few(2, 3))).failures, 'inconclusive');
});

test('failures that became fewer are better', () => {
  assert.equal(
    verdictsOf(compareReports([alone([1, 1]), alone([1, 1]), alone([1, 1])], alone([0, 0]))).failures,
    'better',
  );
});

const clamped = (share: number): number => Math.min(Math.max(share, 0), 1);

for (const [mean, scatter] of [
  [0, 0.05],
  [0.1, 0.1],
  [0.4, 0.3],
] as const) {
  test(`identical sides that fail to ${mean} with a scatter of ${scatter} raise an alarm in fewer than 1 of 20 comparisons`, () => {
    const random = randomFrom(21);
    const runs = 400;
    const alarms = { paired: 0, history: 0, separate: 0 };
    const alarmed = (comparison: Comparison): number =>
      comparison.rows.some(({ metric, verdict }) => metric === 'failures' && /worse|better/.test(verdict)) ? 1 : 0;
    // Runs shift as wholes, rounds by themselves.
    const shares = (length: number): number[] => {
      const shift = 0.7 * scatter * normal(random);
      return Array.from({ length }, () => clamped(mean + shift + 0.7 * scatter * normal(random)));
    };
    const rounded = (length: number): number[] =>
      Array.from({ length }, () => clamped(mean + scatter * normal(random)));
    for (let run = 0; run < runs; run++) {
      const sides = reportOf([rounds('./old.js', rounded(5)), rounds('./new.js', rounded(5))]);
      alarms.paired += alarmed(compareWithin(sides, './old.js'));
      alarms.history += alarmed(
        compareReports([alone(shares(2)), alone(shares(2)), alone(shares(2))], alone(shares(2))),
      );
      alarms.separate += alarmed(compareReports([alone(shares(5))], alone(shares(5))));
    }
    for (const [kind, number] of Object.entries(alarms))
      assert.ok(number / runs < 0.05, `${kind}: ${number} of ${runs}`);
  });
}
