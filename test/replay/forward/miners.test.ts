import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minersOf } from '#src/replay/forward/miners.js';

for (const delay of [
  { medianMs: Number.MIN_VALUE, sigma: 100 },
  { medianMs: Number.MAX_VALUE, sigma: 100 },
  { minMs: 0, maxMs: Number.MAX_VALUE },
])
  test(`every delay drawn is a number, however far out: ${JSON.stringify(delay)}`, () => {
    const delays = minersOf({ count: 10_000, delay, rows: 1 }, 1).map(({ delayMs }) => delayMs);
    assert.equal(delays.length, 10_000);
    assert.ok(delays.every((delayMs) => delayMs >= 0));
  });
