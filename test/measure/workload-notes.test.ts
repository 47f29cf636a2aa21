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
for (const [servers, maps] of [
  [{ indexCapacity: 20 }, 'its 20 maps'],
  [{ indexCapacity: 20, indexes: 1 }, 'its 20 maps'],
  [{ indexCapacity: 40, indexes: 2 }, 'the 20 maps of each server'],
] as const)
  test(`an index that thrashes is told with ${maps}: every server sees all accounts`, () => {
    const counts = { indexHits: 1, indexMisses: 99, indexRebuilds: 80 };
    const [note = ''] = notesOf('submit', { counts, gauges: servers, figures: {}, histograms: {} });
    assert.match(note, new RegExp(`more accounts are active than ${maps}, so give it more`));
  });
