import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from '#src/measure/histogram.js';
import { percentilesOf } from '#src/measure/percentiles.js';
import type { MeasuredResult, WorkloadResult } from '#src/measure/result.js';
import { notesOf } from '#src/measure/workload-notes.js';
import { parseCondition, parseConditions } from '#src/report/condition.js';
import { evaluate } from '#src/report/evaluation.js';
import { renderHtml } from '#src/report/html.js';
import { renderMarkdown } from '#src/report/markdown.js';
import { mergeReports } from '#src/report/merge.js';
import { measuredResults, type Report } from '#src/report/model.js';
import { selfTest } from '#src/report/self-test.js';
import { parseReport, reportText } from '#src/report/store.js';
import { renderTable } from '#src/report/table.js';
import { renderText } from '#src/report/text.js';
import { workloadTables } from '#src/report/workload-table.js';
import { measured, reportOf } from './sample.js';

function submits(waitsMs: readonly number[], counts: Record<string, number>, gauges = {}): WorkloadResult {
  const histogram = new Histogram();
  for (const ms of waitsMs) histogram.record(ms * 1e6);
  const result = {
    figures: { gateWaitMs: percentilesOf(histogram) },
    counts,
    gauges,
    histograms: { gateWaitMs: histogram.encode() },
  };
  return { ...result, notes: notesOf('submit', result) };
}

function withSubmits(label: string, submit: WorkloadResult, wrong = 0): MeasuredResult {
  const result = measured({ label });
  const safety = { ...result.safety, answers: { checked: 100, telling: 50, wrong } };
  const rounds = result.rounds.map((round) => ({ ...round, workload: { submit } }));
  return { ...result, safety, rounds, workload: { submit } };
}

const waits = Array.from({ length: 2000 }, (_, index) => index / 10);
const thrashing = submits(
  waits,
  { indexHits: 10, indexMisses: 90, indexRebuilds: 60, recoveries: 100, rejected: 3 },
  { indexEntries: 64, indexCapacity: 64, indexBytes: 4e6 },
);
const report: Report = reportOf([
  withSubmits('submit-scan', submits(waits, { recoveries: 100 })),
  withSubmits('submit-index', thrashing, 2),
]);
/** The same with a strategy whose submits all came to nothing that could be checked. */
const withUnanswered: Report = { ...report, results: [...report.results, measured({ label: 'unanswered' })] };

test('the table of a workload has the columns that any strategy fills, with notes in words', () => {
  const text = renderTable(report, { color: false, width: 200 });
  const [, table = ''] = text.split('What submit adds:');
  assert.match(
    table,
    /gate wait p50 +p99 +max +recoveries +429s +index hits +rebuilt +maps +index memory +wrong answers/,
  );
  assert.match(table, /submit-scan +99.9 ms +198 ms +200 ms +100 +0 +– +– +– +– +0/);
  assert.match(table, /submit-index .* 100 +3 +10 % +60 +64 +4 MB +2/);
  assert.match(table, /submit-index: the index thrashes: the hit rate has collapsed to 10 % of 100 look-ups, and 60 %/);
  assert.doesNotMatch(table, /in gate/);
});

test('Markdown and HTML show it too', () => {
  for (const page of [renderMarkdown(report), renderHtml(report)]) {
    assert.match(page, /What submit adds/);
    assert.match(page, /the index thrashes/);
  }
});

test('the report with workloads is read back as it was written', () => {
  assert.deepEqual(parseReport(reportText(report), 'r.json'), report);
});

const outcomes: [condition: string, status: string, text: RegExp][] = [
  ['[submit-index]gateWait.p99>150ms', 'failed', /gateWait.p99 is 198 ms/],
  ['[submit-index]gateWait>250ms', 'passed', /gateWait.p99 is 198 ms/],
  ['recoveries>0', 'failed', /recoveries is 100/],
  ['[submit-index]indexHitRate<50%', 'failed', /indexHitRate is 10 %/],
  ['indexHitRate<50%', 'failed', /^\[submit-index\] indexHitRate is 10 %$/],
  ['[submit-scan]indexHitRate<50%', 'unmeasured', /submit-scan gave no indexHitRate/],
  ['wrongAnswers>0', 'failed', /\[submit-index\] wrongAnswers is 2/],
  ['[submit-scan]wrongAnswers>0', 'passed', /wrongAnswers is 0/],
  ['[unanswered]wrongAnswers>0', 'unmeasured', /unanswered gave no wrongAnswers/],
  ['[submit-index]rejected>0.5x', 'failed', /0 on submit-scan and not here/],
  ['cycle.p99>1s', 'unmeasured', /gave no cycle.p99/],
];

for (const [condition, status, text] of outcomes) {
  test(`${condition} comes out as ${status}`, () => {
    const asked = condition.startsWith('[unanswered]') ? withUnanswered : report;
    const outcome = evaluate(parseCondition(condition), asked);
    assert.equal(outcome.status, status, outcome.text);
    assert.match(outcome.text, text);
  });
}

test('a figure that a strategy never gives is told as such, whatever else is wrong with the run', () => {
  const disturbed = reportOf([measured({ label: 'a', saturated: true })]);
  const { text } = evaluate(parseCondition('cycle.p99>1s'), disturbed);
  assert.match(text, /a gave no cycle.p99, and the load generator was saturated/);
});

test('an operation before a figure of the whole workload is refused', () => {
  assert.throws(
    () => parseCondition('order.gateWait.p99>1ms'),
    /gateWait.p99 is a figure of the whole strategy; leave "order." out/,
  );
});

test('conditions on a workload can fail when everything gets worse', () => {
  const texts = [
    'gateWait.p99>1h',
    'recoveries>5k',
    'indexBytes>1GB',
    '[submit-index]indexHitRate<1%',
    'wrongAnswers>50',
  ];
  const tried = selfTest(parseConditions([...texts, 'gateWait.p99<0ms']), report, {});
  assert.deepEqual(
    tried.map(({ canFail }) => canFail),
    [false, true, true, true, true, false],
  );
});

test('merged reports add counts and histograms, take the largest gauges, and work the notes out again', () => {
  const other = withSubmits(
    'submit-index',
    submits([500], { indexHits: 900, recoveries: 1 }, { indexEntries: 60, indexCapacity: 64 }),
    1,
  );
  const both = [withSubmits('submit-index', thrashing, 2), other].map((result, index) => {
    const single = reportOf([result]);
    return { ...single, run: { ...single.run, shard: { index: index + 1, count: 2 } } };
  });
  const [merged] = measuredResults(mergeReports(both, ['a', 'b']));
  const submit = merged?.workload.submit ?? assert.fail('there is no submit');
  assert.deepEqual(submit.counts, { indexHits: 910, indexMisses: 90, indexRebuilds: 60, recoveries: 101, rejected: 3 });
  assert.deepEqual(submit.gauges, { indexEntries: 64, indexCapacity: 64, indexBytes: 4e6 });
  assert.equal(submit.figures.gateWaitMs?.count, 2001);
  assert.equal(Math.round(submit.figures.gateWaitMs.max), 500);
  assert.deepEqual(submit.notes, []);
  assert.deepEqual(merged?.safety.answers, { checked: 200, telling: 100, wrong: 3 });
});

/** Submits that were all right, and a cycle with two wrong answers. */
function mixed(told: boolean, label = 'submit-scan+mine'): MeasuredResult {
  const result = measured({ label, safety: 'unsafe' });
  const [right, wrong] = [
    { checked: 5, telling: 5, wrong: 0 },
    { checked: 4, telling: 4, wrong: 2 },
  ];
  const submit = { ...submits([1], {}), ...(told ? { answers: right } : {}) };
  const forward = { ...submits([1], { rows: 8 }), ...(told ? { answers: wrong } : {}) };
  const examples = [
    { kind: 'wrongAnswer' as const, key: 'miner 0', text: 'main: miner 0 was validated twice', sides: [] },
  ];
  const safety = { ...result.safety, answers: { checked: 9, telling: 9, wrong: 2 }, examples };
  return { ...result, safety, rounds: [], workload: { submit, forward } };
}

/** By workload, what stands under each title about wrong answers, of the first strategy. */
function wrongIn(mixedReport: Report): Record<string, Record<string, string | undefined>> {
  const tables = workloadTables(mixedReport).map(({ workload, header, rows }) => {
    const about = header.flatMap((title, at) => (/wrong/.test(title) ? [[title, rows[0]?.[at]] as const] : []));
    return [workload, Object.fromEntries(about)] as const;
  });
  return Object.fromEntries(tables);
}

test('each workload shows its own wrong answers, also of shards', () => {
  const own = { forward: { 'wrong answers': '2' }, submit: { 'wrong answers': '0' } };
  assert.deepEqual(wrongIn(reportOf([mixed(true)])), own);
  const shards = [1, 2].map((index) => {
    const single = reportOf([mixed(true)]);
    return { ...single, run: { ...single.run, shard: { index, count: 2 } } };
  });
  const together = { forward: { 'wrong answers': '4' }, submit: { 'wrong answers': '0' } };
  assert.deepEqual(wrongIn(mergeReports(shards, ['a', 'b'])), together);
});

test('a report that does not tell workloads apart shows its wrong answers once, and as those of all', () => {
  const once = { forward: { 'wrong answers of all workloads': '2' }, submit: {} };
  assert.deepEqual(wrongIn(reportOf([mixed(false)])), once);
  const [old, recent] = [mixed(false), mixed(true)].map((result, index) => {
    const single = reportOf([result]);
    return { ...single, run: { ...single.run, shard: { index: index + 1, count: 2 } } };
  });
  assert.ok(old !== undefined && recent !== undefined);
  const merged = { forward: { 'wrong answers of all workloads': '4' }, submit: {} };
  assert.deepEqual(wrongIn(mergeReports([old, recent], ['a', 'b'])), merged);
});

for (const details of [false, true])
  test(`the text shows examples of wrong answers${details ? ', with details too' : ''}`, () => {
    const text = renderText(reportOf([mixed(true)]), { color: false, width: 200, details });
    assert.match(
      text,
      /Safety of submit-scan\+mine: .*2 of 9 answers wrong\n {2}wrongAnswer: main: miner 0 was validated twice\n/,
    );
  });

test('cycles that were not held against the trace are told beside their figures', () => {
  const result = mixed(true);
  const notesWith = (checked: number): string[] => {
    const safety = { ...result.safety, cycles: { different: 9, checked } };
    return workloadTables(reportOf([{ ...result, safety }])).flatMap(({ notes }) => notes.map(({ text }) => text));
  };
  assert.deepEqual(notesWith(9), []);
  assert.match(
    notesWith(4).join(),
    /^the numbers of 4 of 9 different cycles were held against the trace, those of the others only/,
  );
});
