import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from '#src/measure/histogram.js';
import { noiseFloorOf } from '#src/measure/noise.js';
import { percentilesOf } from '#src/measure/percentiles.js';
import type { MeasuredResult, WorkloadResult } from '#src/measure/result.js';
import { conclusionOf } from '#src/report/conclusion.js';
import { parseCondition } from '#src/report/condition.js';
import { evaluate } from '#src/report/evaluation.js';
import { renderHtml } from '#src/report/html.js';
import { renderMarkdown } from '#src/report/markdown.js';
import { measuredResults, type Report } from '#src/report/model.js';
import { selfTest } from '#src/report/self-test.js';
import { renderSwitches, switchRows } from '#src/report/switch-table.js';
import { renderTable } from '#src/report/table.js';
import { measured, reportOf } from './sample.js';

const terminal = { color: false, width: 140 };
const before = { pool: 'per-cycle', collect: 'ordered', result: 'rebuild', rows: 'arrays', processes: 8 };
const after = { pool: 'reused', collect: 'as-completed', result: 'tuple', rows: 'arrays', processes: 8 };

/** Cycles of these lengths, each against a time-out of 2 s. */
function cycles(label: string, options: MeasuredResult['options'], lengthsMs: readonly number[]): MeasuredResult {
  const histograms = { cycleMs: new Histogram(), overTimeoutMs: new Histogram(), overlapPercent: new Histogram() };
  for (const ms of lengthsMs) {
    histograms.cycleMs.record(ms * 1e6);
    histograms.overTimeoutMs.record((ms - 2000) * 1e6);
    histograms.overlapPercent.record(50 * 1e6);
  }
  const named = Object.entries(histograms);
  const forward: WorkloadResult = {
    figures: Object.fromEntries(named.map(([name, histogram]) => [name, percentilesOf(histogram)])),
    counts: { rows: 10, valid: 5, invalid: 0, timedOut: 0, chunksRetried: 0 },
    gauges: { workersLeft: 0 },
    notes: [],
    histograms: Object.fromEntries(named.map(([name, histogram]) => [name, histogram.encode()])),
  };
  const result = measured({ label, medianMs: lengthsMs.reduce((sum, ms) => sum + ms, 0) / lengthsMs.length });
  return {
    ...result,
    options,
    workload: { forward },
    rounds: result.rounds.map((one) => ({ ...one, workload: { forward } })),
  };
}

const report = {
  ...reportOf([
    cycles('forward-before', before, [4000, 5000]),
    cycles('forward-before:pool=reused', { ...before, pool: 'reused' }, [3000, 4000]),
    cycles('forward-before:result=tuple', { ...before, result: 'tuple' }, [4600, 4600]),
    cycles('forward-before:processes=4', { ...before, processes: 4 }, [5000, 5000]),
    cycles('forward-before:collect=as-completed', { ...before, collect: 'as-completed' }, [4000, 4000]),
    cycles('forward-after', after, [2500, 3500]),
  ]),
  baseline: 'forward-before',
};

test('the table tells what each change brings by itself, and all of them together', () => {
  assert.deepEqual(
    switchRows(report).map(([change, count, mean, against]) => [change, count, mean, against]),
    [
      ['none (forward-before)', '2', '4.5 s', ''],
      ['pool=reused', '2', '3.5 s', '−1 s'],
      ['result=tuple', '2', '4.6 s', '+100 ms'],
      ['processes=4', '2', '5 s', '+500 ms'],
      ['collect=as-completed', '2', '4 s', '−500 ms'],
      ['3 together (forward-after)', '2', '3 s', '−1.5 s'],
    ],
  );
  const text = renderSwitches(report, terminal);
  assert.match(text, /^What each change of forward-before brings by itself:\n/);
  for (const page of [renderMarkdown(report), renderHtml(report)]) assert.match(page, /brings by itself/);
});

/** What is said of sums where the strategies at these places of the report are left out. */
function sumWithout(...left: readonly number[]): string {
  const told = renderSwitches({ ...report, results: report.results.filter((_, at) => !left.includes(at)) }, terminal);
  return told.replaceAll('\n', ' ');
}

for (const [what, left] of [
  ['a further change that is no part of it', []],
  ['nothing else', [3]],
] as const)
  test(`the gains of a strategy's own changes are added up beside ${what}`, () => {
    const told =
      /by 1.4 s when the own gains of pool=reused, collect=as-completed, result=tuple are added up, and by 1.5 s with all of them\. /;
    assert.match(sumWithout(...left), told);
  });

test('gains are not added up where one of the changes was not replayed by itself, however many others were', () => {
  assert.doesNotMatch(sumWithout(4), /added up/);
});

test('of several strategies that single changes make up, the one with the most is told', () => {
  const two = cycles('forward-pool', { ...after, result: 'rebuild' }, [3500, 3500]);
  const told = renderSwitches({ ...report, results: [...report.results.slice(0, 5), two] }, terminal);
  assert.match(
    told.replaceAll('\n', ' '),
    /by 1.5 s when the own gains of pool=reused, collect=as-completed are added/,
  );
  const both = renderSwitches(
    { ...report, results: [...report.results.slice(0, 5), two, ...report.results.slice(5)] },
    terminal,
  );
  assert.match(both.replaceAll('\n', ' '), /pool=reused, collect=as-completed, result=tuple are added/);
});

/** What is said of gains where the baseline's rounds had cycles of these lengths. */
function gainsTold(roundsMs: readonly number[], togetherMs: number): string {
  const [baseline, ...others] = report.results;
  const rounds = roundsMs.flatMap((ms) => cycles('forward-before', before, [ms]).rounds);
  const all = cycles('forward-after', after, [togetherMs]);
  const results = [{ ...baseline, rounds } as MeasuredResult, ...others.slice(0, -1), all];
  return renderSwitches({ ...report, results }, terminal).replaceAll('\n', ' ');
}

for (const [what, roundsMs, togetherMs, overlapping] of [
  ['gains beyond the noise that come to less together are said to overlap', [4490, 4510], 3500, true],
  ['gains within the noise are not said to overlap', [4000, 5000], 3500, false],
  ['with one round nothing is said to overlap', [4500], 3500, false],
  ['gains that come to as much together as one by one, within the noise, do not overlap', [4450, 4550], 3040, false],
] as const)
  test(what, () => {
    const told = gainsTold(roundsMs, togetherMs);
    assert.match(told, /added up/);
    assert.equal(told.includes('what one saves, another cannot save again'), overlapping, told);
  });

test('the noise that is told beside the gains is that of the cycles, whatever the main operation does', () => {
  const [baseline, ...others] = report.results;
  const rounds = [4000, 4500, 5000].flatMap((ms) => cycles('forward-before', before, [ms]).rounds);
  const noisy = { ...report, results: [{ ...baseline, rounds } as MeasuredResult, ...others] };
  const orders = noiseFloorOf(measured({ label: 'orders', rounds: 3, roundNoise: 1 }), 'order');
  const told = renderSwitches({ ...noisy, ...(orders === undefined ? {} : { noise: orders }) }, terminal);
  assert.match(told, /The rounds of forward-before lie 22 % apart: less than 1 s says\s+nothing\./);
  assert.match(renderSwitches(report, terminal), /With one round the noise is unknown/);
});

/** The conclusion on `forward-before`, `forward-after` and one more strategy, whose cycles are shorter than those of either. */
function conclusionWith(label: string, options: MeasuredResult['options']): string {
  const quick = cycles(label, options, [2100, 2200]);
  const results = report.results.filter((result) => ['forward-before', 'forward-after'].includes(result.label));
  return conclusionOf({ ...report, results: [...results, quick] });
}

test('what one change brings is told, and not recommended beside a strategy that has it and others', () => {
  const conclusion = conclusionWith('forward-before:pool=reused', { ...before, pool: 'reused' });
  assert.match(conclusion, /^forward-after is the one to move to/);
  assert.doesNotMatch(conclusion, /pool=reused/);
});

test('one change that no strategy with several has is recommended like any other, whatever those explain', () => {
  const conclusion = conclusionWith('forward-before:rows=typed', { ...before, rows: 'typed' });
  assert.match(conclusion, /^forward-before:rows=typed is the one to move to/);
});

/** The report with some of the cycles of the result at `index` gone wrong. */
function spoilt(index: number, counts: Record<string, number>): Report {
  const results = measuredResults(report).map((result, at) => {
    const { forward } = result.workload;
    if (at !== index || forward === undefined) return result;
    return { ...result, workload: { forward: { ...forward, counts: { ...forward.counts, ...counts } } } };
  });
  return { ...report, results };
}

for (const [counts, told] of [
  [{ cyclesBegun: 2, cyclesFailed: 2 }, '2 (2 failed)'],
  [{ cyclesBegun: 2, cyclesUnfinished: 1 }, '2 (1 never ended)'],
  [{ cyclesBegun: 5, cyclesFailed: 1 }, '2 (1 failed, 3 never ended)'],
] satisfies [Record<string, number>, string][])
  test(`a change with cycles that stopped short is told as "${told}", and gains nothing`, () => {
    const changed = spoilt(2, counts);
    assert.deepEqual(switchRows(changed)[2]?.slice(0, 4), ['result=tuple', told, '4.6 s', '–']);
    const text = renderSwitches(changed, terminal).replaceAll('\n', ' ');
    assert.doesNotMatch(text, /A cycle gets shorter/);
    assert.match(text, /Means over all cycles/);
  });

test('nothing gains against a baseline with cycles that stopped short', () => {
  const changed = spoilt(0, { cyclesBegun: 2, cyclesFailed: 1 });
  assert.deepEqual(
    switchRows(changed).map(([, , , against]) => against),
    ['', '–', '–', '–', '–', '–'],
  );
  assert.match(
    renderSwitches(changed, terminal),
    /Nothing can be held against forward-before: of its cycles 1 failed\./,
  );
});

test('there is no such table where nothing differs from the baseline in one option alone, or nothing cycles', () => {
  const [first, , , , , last] = report.results;
  assert.ok(first !== undefined && last !== undefined);
  assert.deepEqual(switchRows({ ...report, results: [first, last] }), []);
  assert.deepEqual(switchRows({ ...report, baseline: 'nobody' }), []);
  assert.deepEqual(switchRows(reportOf([measured({ label: 'a' }), measured({ label: 'b' })])), []);
  assert.doesNotMatch(renderMarkdown(reportOf([measured({ label: 'a' })])), /brings by itself/);
});

test('what cycles have beside their latency is told in one column each, where one is enough', () => {
  const [, table = ''] = renderTable(report, { color: false, width: 200 }).split('What forward adds:');
  assert.match(table, /cycle p50 +max +over time-out max +overlap mean +rows +valid +invalid +cut +retried +left over/);
  assert.match(table, /forward-after +2.5 s +3.5 s +1.5 s +50 % +10 +5 +0 +0 +0 +0/);
});

for (const [condition, status, text] of [
  ['[forward-before]cycle>timeout+2s', 'failed', /overTimeout.max is 3 s/],
  ['[forward-before]cycle>timeout+10s', 'passed', /overTimeout.max is 3 s/],
  ['[forward-before]cycle>timeout', 'failed', /overTimeout.max is 3 s/],
  ['[forward-before]cycle.mean>timeout + 2600ms', 'passed', /overTimeout.mean is 2.5 s/],
  ['[forward-before]cycle.max<timeout+4s', 'failed', /overTimeout.max is 3 s/],
  ['[forward-after]cycle.mean>0.7x', 'passed', /cycle.mean is 0.67x of forward-before's/],
  ['workersLeft>0', 'passed', /workersLeft is 0/],
] as const)
  test(`${condition} comes out as ${status}`, () => {
    const outcome = evaluate(parseCondition(condition), report);
    assert.equal(outcome.status, status, outcome.text);
    assert.match(outcome.text, text);
  });

test('a cycle that never finished leaves a condition on cycles undecided, however short the others were', () => {
  const [first] = report.results;
  assert.ok(first !== undefined && 'operations' in first);
  const [name = '', operation] = Object.entries(first.operations)[0] ?? [];
  assert.ok(operation !== undefined);
  const hung = { ...first, operations: { [name]: { ...operation, unfinished: 1 } } };
  const outcome = evaluate(parseCondition('cycle>timeout+10s'), { ...report, results: [hung] });
  assert.equal(outcome.status, 'undecided', outcome.text);
});

for (const [condition, fault] of [
  ['p99>timeout+1s', /only cycles have a time-out/],
  ['overTimeout>timeout+1s', /only cycles have a time-out/],
  ['overTimeout.max>timeout', /only cycles have a time-out/],
  ['cycle>timeout+10%', /unit that does not fit/],
  ['cycle>timeout+2x', /"2x" is not a duration/],
  ['cycle>timeout-1s', /"timeout-1s" is not a value/],
  ['cycle>timeout+', /a value is missing/],
  ['forward.cycle>timeout+1s', /leave "forward." out/],
] as const)
  test(`${condition} is refused`, () => {
    assert.throws(() => parseCondition(condition), { code: 'BAD_CONDITION', message: fault });
  });

for (const condition of [
  'cycle>timeout+10s',
  'overlap.mean<10%',
  'workersLeft>0',
  'valid<3',
  'chunksRetried>0',
  'invalid>0',
])
  test(`the self-test of conditions shows that ${condition} can fail`, () => {
    assert.equal(selfTest([parseCondition(condition)], report, {})[0]?.canFail, true);
  });
