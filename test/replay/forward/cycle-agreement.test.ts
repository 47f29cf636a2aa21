import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMeasured, type SafetyResult, type StrategyResult } from '#src/measure/result.js';
import { compareCycles, joinCameTo } from '#src/replay/forward/cycle-agreement.js';
import { measured } from '../../report/sample.js';

/** What a cycle of one miner came to. */
const came = (sum: number, mark = String(sum).padStart(8, '0')): string =>
  JSON.stringify({ rows: 1, valid: 1, invalid: 0, timedOut: 0, sum, fingerprint: mark });

function entry(label: string, ...cycles: string[][]): Parameters<typeof compareCycles>[0][number] {
  const result = measured({ label });
  const claims = { exclusion: false, noLostUpdates: false, maxStalenessMs: null, rightAnswers: true };
  const safety = { ...result.safety, verdict: 'safe' as const, answers: { checked: 1, telling: 1, wrong: 0 } };
  const cameTo = Object.fromEntries(cycles.map((results, cycle) => [`${cycle}`, { results }]));
  return { result: { ...result, claims, safety }, cameTo };
}

/** What the trace says of cycle 0, and of no other. */
const truths = { of: (cycle: string) => (cycle === '0' ? came(90) : undefined) };

function safetyOf(result: StrategyResult | undefined): SafetyResult {
  assert.ok(result !== undefined && isMeasured(result));
  return result.safety;
}

test('whoever differs from the trace is unsafe, whichever strategy was named first', () => {
  const results = compareCycles([entry('a', [came(91)]), entry('b', [came(90)])], truths).map(safetyOf);
  assert.deepEqual(
    results.map(({ verdict }) => verdict),
    ['unsafe', 'safe'],
  );
  assert.match(results[0]?.reason ?? '', /91 as the sum of all numbers in place of 90 by the trace, first at miner 0$/);
});

test('one that differs from the trace by itself is unsafe, also where it was right the first time', () => {
  const [safety] = compareCycles([entry('a', [came(90), came(91)])], truths).map(safetyOf);
  assert.equal(safety?.verdict, 'unsafe');
  assert.deepEqual(safety.differing?.cycles, 1);
  assert.match(safety.reason, /91 .* in place of 90 by the trace, .* and not the same another time$/);
});

test('a cycle that nobody worked out is held against the first safe strategy and its own repetitions', () => {
  const right = [came(90)];
  const entries = [
    entry('liar', [came(1)], [came(6)]),
    entry('a', right, [came(5)]),
    entry('b', right, [came(6)]),
    entry('c', right, [came(5, 'bbbbbbbb')]),
    entry('d', right, [came(5), came(7)]),
    entry('e', right, [came(5)]),
  ];
  const results = compareCycles(entries, truths).map(safetyOf);
  assert.deepEqual(
    results.map(({ verdict }) => verdict),
    ['unsafe', 'safe', 'unsafe', 'unsafe', 'unsafe', 'safe'],
  );
  assert.equal(results[0]?.differing?.cycles, 2);
  assert.match(results[2]?.reason ?? '', /: 6 as the sum of all numbers in place of 5 on a$/);
  assert.match(results[3]?.reason ?? '', /: the same sum, but other numbers at some places than on a$/);
  assert.match(results[4]?.reason ?? '', /: 7 as the sum of all numbers in place of 5 another time$/);
  assert.deepEqual(results[5]?.cycles, { different: 2, checked: 1 });
  assert.match(results[5]?.reason ?? '', /; every number of 1 of 2 different cycles was held against the trace$/);
});

test('results without cycles stay as they are', () => {
  const entries = [entry('a'), entry('b', [came(90)])];
  assert.equal(compareCycles(entries, truths)[0], entries[0]?.result);
});

test('what several workers saw of one cycle comes together, with what was asked', () => {
  const parts = [
    { x: { results: ['1'] } },
    { x: { results: ['1', '2'], asked: 'q' }, y: { results: ['3'] } },
    { x: { results: ['2'] } },
  ];
  assert.deepEqual(joinCameTo(parts), { x: { results: ['1', '2'], asked: 'q' }, y: { results: ['3'] } });
});
