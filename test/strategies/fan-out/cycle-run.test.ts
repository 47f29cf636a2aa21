import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cycle } from '#src/strategies/fan-out/cycle.js';
import { type CycleForm, tasksOf } from '#src/strategies/fan-out/cycle-run.js';

const form: CycleForm = { collect: 'as-completed', result: 'tuple', rows: 'arrays' };

const cycleOf = (count: number): Cycle => {
  const miners = Array.from({ length: count }, (_, delayMs) => ({ delayMs, rows: 1, floats: 1, fails: false }));
  return { timeoutMs: 10, seed: 1, miners, validate: () => {} };
};

for (const [miners, workers, sizes] of [
  [0, 8, []],
  [1, 8, [1]],
  [5, 8, [1, 1, 1, 1, 1]],
  [7, 3, [2, 2, 3]],
  [9, 8, [1, 1, 1, 1, 1, 1, 1, 2]],
  [240, 8, [30, 30, 30, 30, 30, 30, 30, 30]],
  [3, 1, [3]],
] as const)
  test(`${miners} miners on ${workers} workers are dealt in ${sizes.length} chunks of as equal size as goes`, () => {
    const cycle = cycleOf(miners);
    const tasks = tasksOf(cycle, workers, form);
    assert.deepEqual(
      tasks.map((task) => task.miners.length),
      sizes,
    );
    assert.deepEqual(
      tasks.flatMap((task) => task.miners),
      cycle.miners,
    );
    for (const { first, miners: dealt } of tasks) assert.equal(dealt[0], cycle.miners[first]);
  });
