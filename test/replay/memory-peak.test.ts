import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryPeak } from '#src/replay/memory-peak.js';

test('memory is told at its peak, begun anew with each part, and glances are far enough apart to cost nothing', () => {
  let [bytes, nowMs, read] = [50, 0, 0];
  const memory = new MemoryPeak(
    () => {
      read += 1;
      return bytes;
    },
    () => nowMs,
  );
  assert.equal(memory.look(), 50);
  bytes = 300;
  memory.glance();
  for (nowMs = 1; nowMs < 500; nowMs++) memory.glance();
  assert.equal(read, 2);
  bytes = 60;
  memory.glance();
  assert.equal(read, 3);
  assert.equal(memory.look(), 300, 'what a glance saw counts, whatever is gone since');
  memory.restart();
  memory.glance();
  assert.equal(memory.look(), 60);
});
