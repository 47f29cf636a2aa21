import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PoolTally } from '#src/strategies/fan-out/pool-tally.js';

/** A cycle that begins at 100 ms, and what its start comes to. */
function tallyOf(ready: readonly (readonly [startedAtMs: number, readyAtMs: number])[]): PoolTally {
  let nowMs = 100;
  const tally = new PoolTally(() => nowMs);
  for (const [startedAtMs, readyAtMs] of ready) {
    nowMs = readyAtMs;
    tally.workerReady(startedAtMs);
  }
  return tally;
}

for (const [what, ready, startMs] of [
  ['0 where no worker was started', [], 0],
  ['what the one worker took', [[110, 150]], 40],
  [
    'from the first one started to the last one ready',
    [
      [120, 130],
      [110, 170],
      [115, 180],
    ],
    70,
  ],
  [
    'without the time until one that died was replaced',
    [
      [110, 150],
      [500, 530],
    ],
    70,
  ],
  [
    'the whole of it, where one took longer than two others together',
    [
      [110, 130],
      [150, 160],
      [105, 200],
    ],
    95,
  ],
  ['not told from before the cycle began', [[20, 130]], 30],
] as const)
  test(`the start of a pool is ${what}`, () => assert.equal(tallyOf(ready).startMs, startMs));

test('a worker that gets ready when the cycle is over is none of its start', () => {
  const tally = tallyOf([]);
  tally.end();
  tally.workerReady(100);
  assert.deepEqual([tally.over, tally.startMs], [true, 0]);
});
