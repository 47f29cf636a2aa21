import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sparkline } from '#src/report/profile/sparkline.js';

for (const [values, full, width, drawn] of [
  [[], 100, 5, ''],
  [[0, 50, 100], 100, 5, '▁▅█'],
  [[250, -3], 100, 5, '█▁'],
  [[0, 0, 100, 100], 100, 2, '██'],
  [[0], 0, 5, '▁'],
] as [number[], number, number, string][]) {
  test(`${JSON.stringify(values)} of ${full} in ${width} columns is drawn "${drawn}"`, () => {
    assert.equal(sparkline(values, full, width), drawn);
  });
}
