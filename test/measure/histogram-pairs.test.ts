import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from '#src/measure/histogram.js';

for (const [what, values] of [
  ['nothing', []],
  ['one value', [123_456_789]],
  ['zeros', [0, 0, 0]],
  ['many values, some alike', Array.from({ length: 5_000 }, (_, index) => (index % 700) ** 3)],
  ['several at the top', [5, 9_999_999_999, 9_999_999_999]],
] as const) {
  test(`pairs carry ${what} exactly as the standard encoding does`, () => {
    const original = new Histogram();
    for (const value of values) original.record(value);
    const copy = new Histogram();
    copy.addPairs(original.toPairs(), original.max);
    assert.equal(copy.encode(), original.encode());
    assert.deepEqual([copy.count, copy.mean, copy.max], [original.count, original.mean, original.max]);
    for (const percentile of [0, 50, 99, 99.9, 100]) {
      assert.equal(copy.percentile(percentile), original.percentile(percentile));
    }
  });
}
