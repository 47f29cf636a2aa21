import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { serve } from '#src/replay/serve.js';
import type { TraceHeader } from '#src/trace/operation.js';
import { headerOf, measured, replayed } from '../bench-trace.js';

const header: TraceHeader = headerOf([{ name: 'validator' }], {
  templates: {
    forward: [{ do: 'forward', timeoutMs: 20_000, miners: [{ delayMs: 8000, rows: 1, floats: 1 }] }],
  },
});

test('where coordinators are joined, a fault finds the pool of a cycle, and the folder of whoever serves stays as it was', async (context) => {
  const spec = 'lock-pool+forward-after:processes=1,import-ms=1';
  const serving = await serve(spec);
  context.after(() => serving.close());
  const served = join(dirname(serving.file), 'served');
  const before = await readdir(served);
  const run = await replayed(context, header, [{ at: 0, op: 'forward', process: 'validator' }], {
    strategies: [spec],
    join: [serving.file],
    faults: ['kill-pool-worker@4s'],
    drainMs: 100_000,
  });
  const result = measured(run);
  assert.match(result.faults[0]?.text ?? '', /^a pool's worker \(pid \d+\) was killed$/);
  assert.equal(result.workload.forward?.gauges.workersLeft, 0);
  assert.equal(result.operations.forward?.errors, 0);
  assert.deepEqual(await readdir(served), before);
});
