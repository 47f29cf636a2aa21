import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LatencySummary } from '#src/measure/result.js';
import { type GeneratorEvidence, judgeGenerator } from '#src/replay/generator-verdict.js';

const p99 = (ms: number, extra: Partial<LatencySummary> = {}): LatencySummary => ({
  count: 5_000,
  mean: ms,
  p50: ms,
  p90: ms,
  p95: ms,
  p99: ms,
  p999: ms,
  max: ms,
  ...extra,
});

const calm: GeneratorEvidence = {
  overall: { dispatchLagMs: p99(1), responseMs: p99(20) },
  operations: { order: { dispatchLagMs: p99(1), responseMs: p99(20) } },
  sent: 1_000,
  unsent: 0,
  workers: [
    { process: 'a', percent: 10 },
    { process: 'b', percent: 90 },
  ],
};

test('a generator that keeps up is not saturated, and says how busy its busiest worker was', () => {
  assert.deepEqual(judgeGenerator(calm), {
    saturated: false,
    reasons: [],
    sendRatio: 1,
    busiestWorkerPercent: 90,
  });
});

const cases: [string, Partial<GeneratorEvidence>, RegExp | undefined][] = [
  ['lag p99 of 5 ms is still fine', { overall: { dispatchLagMs: p99(5), responseMs: p99(1) } }, undefined],
  ['lag p99 over 5 ms is too late', { overall: { dispatchLagMs: p99(5.1), responseMs: p99(1) } }, /started late/],
  [
    'lag p99 of 10 % of a long response is fine',
    { overall: { dispatchLagMs: p99(40), responseMs: p99(400) } },
    undefined,
  ],
  [
    'lag p99 over 10 % of a long response is too late',
    { overall: { dispatchLagMs: p99(41), responseMs: p99(400) } },
    /41\.0 ms is over 40\.0 ms/,
  ],
  [
    'one kind of operation that started late is enough',
    { operations: { scan: { dispatchLagMs: p99(9), responseMs: p99(2) } } },
    /scan started late/,
  ],
  [
    'a kind with too few samples for a p99 says nothing',
    { operations: { scan: { dispatchLagMs: p99(9, { thin: ['p99'] }), responseMs: p99(2) } } },
    undefined,
  ],
  ['1 % unsent is fine', { sent: 99, unsent: 1 }, undefined],
  ['more than 1 % unsent is not', { sent: 98, unsent: 2 }, /only 98\.0 %/],
  ['nothing due is nothing missed', { sent: 0, unsent: 0 }, undefined],
  ['a worker over 90 % of a core is the limit', { workers: [{ process: 'b', percent: 91 }] }, /worker b used 91 %/],
];

for (const [title, change, expected] of cases) {
  test(title, () => {
    const { saturated, reasons } = judgeGenerator({ ...calm, ...change });
    assert.equal(saturated, expected !== undefined, reasons.join('; '));
    if (expected !== undefined) assert.match(reasons.join('; '), expected);
  });
}
