import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notesOf } from '#src/measure/workload-notes.js';

for (const [rowsScaled, rowsRecorded, notes] of [
  [0, 0, []],
  [10, 10, []],
  [2, 10, ['miners were to answer with 20 % of the recorded rows; --payload-scale 1 makes all of them']],
  [20, 10, ['miners were to answer with 200 % of the recorded rows']],
] as const)
  test(`cycles that were to make ${rowsScaled} of ${rowsRecorded} recorded rows are told with ${notes.length} notes`, () => {
    assert.deepEqual(
      notesOf('forward', { counts: { rows: 0, rowsScaled, rowsRecorded }, gauges: {}, figures: {}, histograms: {} }),
      notes,
    );
  });

test('what an earlier version says of rows tells nothing of the scale', () => {
  const figures = { counts: { rows: 5, rowsRecorded: 10 }, gauges: {}, figures: {}, histograms: {} };
  assert.deepEqual(notesOf('forward', figures), []);
});
