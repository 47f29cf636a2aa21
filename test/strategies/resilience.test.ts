import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadStrategy, resilienceOf } from '#src/strategies/index.js';

const cases: [spec: string, machines: string][] = [
  ['lock-pool', 'one'],
  ['lock-pool:transport=tcp', 'several'],
  ['multi-manager:transport=tcp', 'several'],
  // Their locks or their values are files or memory of one machine, whatever the coordinator is reached by.
  ['combined:transport=tcp', 'one'],
  ['local-position-cache:transport=tcp', 'one'],
  ['shared-memory:transport=tcp', 'one'],
  ['file-locks:transport=tcp', 'shared mount'],
  ['redis', 'several'],
  ['none', 'one'],
];
for (const [spec, machines] of cases) {
  test(`${spec} can be shared by clients of ${machines}`, async () => {
    const { strategy, options } = await loadStrategy(spec);
    assert.equal(resilienceOf(strategy, options).machines, machines);
  });
}
