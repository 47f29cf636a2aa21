import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasEnded, parseProcessStat } from '#src/system/process-stat.js';

const fields = 'S 7 1 1 0 -1 4194560 100 0 0 0 31 12 0 0 20 0 3 0 5555 1000 200';

for (const name of ['node', 'a b', ') R 1', '', '((x)']) {
  test(`a process named "${name}" has its fields counted from the last bracket`, () => {
    const stat = parseProcessStat(`42 (${name}) ${fields}\n`);
    assert.deepEqual(stat, {
      pid: 42,
      name,
      state: 'S',
      parentPid: 7,
      userTicks: 31,
      systemTicks: 12,
      threads: 3,
      startTicks: 5555,
    });
  });
}

test('zombies and dead processes have ended, sleeping and stopped ones have not', () => {
  const ended = (state: string): boolean => hasEnded(parseProcessStat(`1 (x) ${state}${fields.slice(1)}`));
  assert.deepEqual(['Z', 'X', 'S', 'R', 'D', 'T'].map(ended), [true, true, false, false, false, false]);
});
