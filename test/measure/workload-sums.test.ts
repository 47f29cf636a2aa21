import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addedCounts, joinedGauges } from '#src/measure/workload-sums.js';

test('of gauges the largest counts, and processes left over add up: each round and shard has its own', () => {
  const parts = [{ indexEntries: 3, workersLeft: 4 }, { indexEntries: 2, workersLeft: 4 }, { workersLeft: 0 }];
  assert.deepEqual(joinedGauges(parts), { indexEntries: 3, workersLeft: 8 });
  assert.deepEqual(joinedGauges([{ workersLeft: 0 }]), { workersLeft: 0 });
  assert.deepEqual(joinedGauges([]), {});
});

test('counts add up, whichever part has them', () => {
  assert.deepEqual(addedCounts([{ rows: 1, valid: 0 }, { rows: 2 }]), { rows: 3, valid: 0 });
});
