import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CycleCheck } from '#src/replay/forward/cycle-check.js';
import { type AskedCycle, askedText, CycleTruths } from '#src/replay/forward/cycle-truth.js';
import { minersOf } from '#src/replay/forward/miners.js';
import { type Answer, rowsOf } from '#src/strategies/public.js';

const never = new AbortController().signal;
const cycle: AskedCycle = {
  timeoutMs: 100,
  seed: 7,
  scale: 0.5,
  miners: [
    { delayMs: 99, rows: 6, floats: 3 },
    { delayMs: 100, rows: 6, floats: 3 },
    { delayMs: 1, rows: 6, floats: 3, fails: true },
    { delayMs: 1, rows: 0, floats: 3, fails: true },
    { delayMs: 1, rows: 0, floats: 3 },
  ],
};
const drawn = { count: 20, delay: { minMs: 50, maxMs: 150 }, rows: 2, floats: 2, failShare: 0.3 };

/** What a cycle comes to whose answers are what the trace says. */
function answered({ timeoutMs, seed, scale, miners: recorded }: AskedCycle, form: 'arrays' | 'typed'): string {
  const miners = minersOf(recorded, scale);
  const check = new CycleCheck(miners, timeoutMs);
  const answers = miners.map((miner, index): Answer => {
    if (miner.delayMs >= timeoutMs) return [undefined, timeoutMs];
    return [{ miner: index, rows: rowsOf(miner, index, seed, form) }, miner.delayMs];
  });
  for (const [index, answer] of [...answers.entries()].reverse()) check.validate(index, answer);
  return JSON.stringify(check.finish(answers).digest);
}

const asking = (...cycles: AskedCycle[]) =>
  Object.fromEntries(cycles.map((one, index) => [`${index}`, { results: [], asked: askedText(one) }]));

test('what a cycle comes to by the trace is what right answers come to, in either form', async () => {
  const truths = new CycleTruths();
  const cycles = [cycle, { ...cycle, miners: drawn, seed: 1 }, { ...cycle, miners: [] }];
  await truths.workOut(asking(...cycles), never);
  for (const [index, one] of cycles.entries())
    for (const form of ['arrays', 'typed'] as const) assert.equal(truths.of(`${index}`), answered(one, form));
});

test('cycles beyond the bound are left out, others that still fit are not', async () => {
  const truths = new CycleTruths(100);
  const rows = (count: number): AskedCycle => ({
    ...cycle,
    scale: 1,
    miners: [{ delayMs: 1, rows: count, floats: 10 }],
  });
  await truths.workOut(asking(rows(9), rows(2), rows(1)), never);
  assert.deepEqual(
    ['0', '1', '2'].map((each) => truths.of(each) !== undefined),
    [true, false, true],
  );
});

test('a cycle that was not told, or that an end came before, is not worked out', async () => {
  const truths = new CycleTruths();
  await truths.workOut({ 0: { results: [] } }, never);
  await truths.workOut(asking(cycle), AbortSignal.abort());
  assert.equal(truths.of('0'), undefined);
  await truths.workOut(asking(cycle), never);
  assert.equal(truths.of('0'), answered(cycle, 'arrays'));
});
