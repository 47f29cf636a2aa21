import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notesOf } from '#src/measure/workload-notes.js';

for (const [rows, rowsRecorded, notes] of [
  [0, 0, []],
  [10, 10, []],
  [2, 10, ['answers had 20 % of the recorded rows; --payload-scale 1 makes all of them']],
  [20, 10, ['answers had 200 % of the recorded rows']],
] as const)
  test(`cycles that made ${rows} of ${rowsRecorded} recorded rows are told with ${notes.length} notes`, () => {
    assert.deepEqual(
      notesOf('forward', { counts: { rows, rowsRecorded }, gauges: {}, figures: {}, histograms: {} }),
      notes,
    );
  });
