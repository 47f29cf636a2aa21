import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isIpcbenchError } from '#src/errors.js';
import { randomFrom } from '#src/measure/random.js';
import type { MeasuredResult, RoundResult } from '#src/measure/result.js';
import { compareReports, compareWithin } from '#src/report/comparison.js';
import { comparisonMarkdown, renderComparison } from '#src/report/comparison-table.js';
import type { Report } from '#src/report/model.js';
import { measured, missing, normal, reportOf } from './sample.js';

const template = measured({ label: 'template', rounds: 1, count: 1000 });

/** A result whose rounds are the template's, each metric of each round times what `factorOf` says. */
function withRounds(
  label: string,
  rounds: number,
  factorOf: (metric: string, round: number) => number,
): MeasuredResult {
  const [only] = template.rounds;
  assert.ok(only !== undefined);
  const made = Array.from({ length: rounds }, (_, index): RoundResult => {
    const scaled = Object.entries(only.operations).map(([name, operation]) => {
      const { responseMs: latency } = operation;
      const factor = (at: string): number => factorOf(`${name}.${at}`, index);
      const responseMs = {
        ...latency,
        p50: latency.p50 * factor('p50'),
        p95: latency.p95 * factor('p95'),
        p99: latency.p99 * factor('p99'),
      };
      return [name, { ...operation, responseMs }];
    });
    const coordinators = only.coordinators.map((usage) => ({
      ...usage,
      cpuPercent: { ...usage.cpuPercent, mean: usage.cpuPercent.mean * factorOf('cpu', index) },
    }));
    const throughput = { operationsPerSecond: 40 * factorOf('throughput', index) };
    return { ...only, round: index + 1, operations: Object.fromEntries(scaled), coordinators, throughput };
  });
  return { ...template, strategy: label, label, rounds: made };
}

const noise: Record<string, number> = { p50: 0.6, p95: 1, p99: 1.5, cpu: 0.5, throughput: 0.05 };

/** Rounds that scatter: each round as a whole, and each metric by itself. */
function noisy(label: string, random: () => number, sigma: number, slowdown = 1, rounds = 5): MeasuredResult {
  const shared = Array.from({ length: rounds }, () => normal(random));
  return withRounds(label, rounds, (metric, round) => {
    const size = noise[metric.split('.').at(-1) ?? ''] ?? 1;
    const slower = /p\d+$/.test(metric) ? slowdown : 1;
    return slower * Math.exp(sigma * size * 0.7 * ((shared[round] ?? 0) + normal(random)));
  });
}

const alarmed = (verdict: string): boolean => verdict === 'worse' || verdict === 'better';

for (const sigma of [0.02, 0.1, 0.5]) {
  test(`two identical sides in one run with rounds that scatter by ${sigma} raise an alarm in fewer than 1 of 20 comparisons`, () => {
    const random = randomFrom(11);
    const runs = 400;
    let alarms = 0;
    for (let run = 0; run < runs; run++) {
      const report = reportOf([noisy('./old.js', random, sigma), noisy('./new.js', random, sigma)]);
      if (alarmed(compareWithin(report).verdict)) alarms += 1;
    }
    assert.ok(alarms / runs < 0.05, `${alarms} of ${runs}`);
  });
}

test('a side that is 20 % slower is caught in more than 9 of 10 paired comparisons of 5 rounds', () => {
  const random = randomFrom(12);
  const runs = 200;
  let caught = 0;
  for (let run = 0; run < runs; run++) {
    const report = reportOf([noisy('./old.js', random, 0.05), noisy('./new.js', random, 0.05, 1.2)]);
    if (compareWithin(report).verdict === 'worse') caught += 1;
  }
  assert.ok(caught / runs > 0.9, `${caught} of ${runs}`);
});

test('identical separate runs raise an alarm in fewer than 1 of 20 comparisons, though each run shifts as a whole', () => {
  const random = randomFrom(13);
  const runs = 100;
  let alarms = 0;
  for (let run = 0; run < runs; run++) {
    const one = (): Report => {
      const shift = Math.exp(0.3 * normal(random));
      return reportOf([
        noisy('single-manager', random, 0.05, shift),
        noisy('lock-pool', random, 0.05, shift),
        noisy('multi-manager', random, 0.05, shift),
      ]);
    };
    if (alarmed(compareReports([one()], one()).verdict)) alarms += 1;
  }
  assert.ok(alarms / runs < 0.05, `${alarms} of ${runs}`);
});

function verdicts(comparison: ReturnType<typeof compareReports>, strategy: string): Record<string, string> {
  const rows = comparison.rows.filter((row) => row.strategy === strategy);
  return Object.fromEntries(
    rows.map((row) => [`${row.relative ? '~' : ''}${row.operation ?? ''}.${row.metric}`, row.verdict]),
  );
}

test('between two runs only ratios to the baseline, calls and bytes are judged', () => {
  const random = randomFrom(14);
  const run = (slowdown: number) =>
    reportOf([noisy('single-manager', random, 0.02), noisy('lock-pool', random, 0.02, slowdown)]);
  const comparison = compareReports([run(1)], run(1.5));
  const pool = verdicts(comparison, 'lock-pool');
  assert.deepEqual(
    [pool['order.p99'], pool['~order.p99'], pool['order.calls'], pool['.cpu']],
    ['inconclusive', 'worse', 'same', 'inconclusive'],
  );
  assert.equal(verdicts(comparison, 'single-manager')['order.p99'], 'inconclusive');
  assert.deepEqual([comparison.kind, comparison.verdict], ['separate', 'worse']);
});

test('three base runs give the spread against which a figure itself is judged', () => {
  const random = randomFrom(15);
  const run = (factor: number) =>
    reportOf([
      withRounds(
        'single-manager',
        2,
        (metric) => factor * (metric === 'throughput' ? 1 : Math.exp(0.004 * normal(random))),
      ),
    ]);
  const pooled = (factor: number): Report => {
    const report = run(factor);
    const [result] = report.results;
    assert.ok(result !== undefined && 'rounds' in result);
    const [round] = result.rounds;
    assert.ok(round !== undefined);
    return { ...report, results: [{ ...result, operations: round.operations }] };
  };
  const comparison = compareReports([pooled(1), pooled(1), pooled(1)], pooled(2));
  assert.equal(comparison.kind, 'history');
  assert.equal(verdicts(comparison, 'single-manager')['order.p50'], 'worse');
  assert.equal(
    compareReports([pooled(1), pooled(1), pooled(1)], pooled(1)).rows.some((row) => alarmed(row.verdict)),
    false,
  );
});

test('too few rounds can tell nothing, and say so', () => {
  const comparison = compareWithin(
    reportOf([measured({ label: 'a', rounds: 3 }), measured({ label: 'b', rounds: 3, medianMs: 900 })]),
  );
  const row = comparison.rows.find((each) => each.metric === 'p99');
  assert.deepEqual([row?.verdict, row?.intervalPercent], ['inconclusive', undefined]);
  assert.match(row?.reason ?? '', /fewer than 5 rounds/);
});

test('a strategy that became unsafe is worse, whatever its speed', () => {
  const before = reportOf([measured({ label: 'a' })]);
  const after = reportOf([measured({ label: 'a', safety: 'unsafe', medianMs: 10 })]);
  const comparison = compareReports([before], after);
  assert.deepEqual([comparison.verdict, comparison.safety[0]?.verdict], ['worse', 'worse']);
  assert.equal(compareReports([after], before).safety[0]?.verdict, 'better');
  const unchecked = reportOf([measured({ label: 'a', safety: 'unchecked' })]);
  assert.equal(compareReports([before], unchecked).safety[0]?.verdict, 'inconclusive');
});

test('a saturated generator, a partial result and one that failed now are unmeasured', () => {
  const before = reportOf([measured({ label: 'a' }), measured({ label: 'b' }), measured({ label: 'c' })]);
  const after = reportOf([
    measured({ label: 'a', saturated: true }),
    missing('b', 'failed', 'it died'),
    { ...measured({ label: 'c' }), state: 'partial', reason: 'worker lost' },
  ]);
  const comparison = compareReports([before], after);
  assert.deepEqual(comparison.unmeasured.map((each) => each.strategy).sort(), ['a', 'b', 'c']);
  assert.deepEqual([comparison.rows, comparison.verdict], [[], 'inconclusive']);
});

const base = reportOf([measured({ label: 'a' })]);
const refusals: [title: string, other: Report, expected: RegExp][] = [
  ['different traces', { ...base, trace: { ...base.trace, sha256: 'cd' } }, /different traces.*--force/],
  ['different settings', { ...base, run: { ...base.run, options: { speed: 3 } } }, /different settings \(speed\)/],
  [
    'different hosts',
    { ...base, run: { ...base.run, host: { ...base.run.host, cpuModel: 'Other' } } },
    /different hosts \(cpuModel\)/,
  ],
  ['no strategy in common', reportOf([measured({ label: 'z' })]), /no strategy was measured in all of them \(a \/ z\)/],
];
for (const [title, other, expected] of refusals) {
  test(`${title} are refused`, () => {
    assert.throws(
      () => compareReports([base], other, { names: ['base.json', 'new.json'] }),
      (error) =>
        isIpcbenchError(error, 'BAD_REPORT') && expected.test(error.message) && error.message.startsWith('base.json'),
    );
  });
}

test('--force compares what carries over, with a warning', () => {
  const other = { ...base, run: { ...base.run, host: { ...base.run.host, cpus: 64 } } };
  const comparison = compareReports([base], other, { force: true });
  assert.match(comparison.warnings[0] ?? '', /different hosts/);
  assert.deepEqual([...new Set(comparison.rows.map((row) => row.metric))], ['calls', 'bytes']);
});

test('strategies that are in one of the runs only are named', () => {
  const one = reportOf([measured({ label: 'a' }), measured({ label: 'gone' })]);
  const other = reportOf([measured({ label: 'a' }), measured({ label: 'fresh' })]);
  assert.deepEqual(compareReports([one], other).warnings, ['only in the new report: fresh', 'only in the base: gone']);
});

test('nothing to compare with is an error', () => {
  assert.throws(() => compareWithin(base), /nothing to compare with a/);
  assert.throws(
    () => compareWithin(reportOf([measured({ label: 'a' }), measured({ label: 'b' })]), 'z'),
    /nothing to compare with z; it has figures of a, b/,
  );
});

test('the table and the Markdown tell base, new, change, interval and verdict', () => {
  const random = randomFrom(16);
  const comparison = compareWithin(reportOf([noisy('./old.js', random, 0.02), noisy('./new.js', random, 0.02, 1.3)]));
  const shown = renderComparison(comparison, { color: false, width: 120 });
  assert.match(shown, /^order\.p99 +\d+ ms +\d+ ms +[+−][\d.]+ % +\+[\d.]+ % … \+[\d.]+ % +worse$/m);
  assert.match(shown, /Paired, both sides interleaved in one run: worse \(\.\/new\.js\)/);
  const markdown = comparisonMarkdown(comparison);
  assert.match(markdown, /^## ipcbench compare: worse/);
  assert.match(markdown, /^\| \.\/new\.js \| order\.p99 \|.*\| worse \|$/m);
});
