import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withSingleChanges } from '#src/commands/replay/single-changes.js';

const singles = ['forward-before:pool=reused', 'forward-before:collect=as-completed', 'forward-before:result=tuple'];

for (const [specs, expected] of [
  [
    ['forward-before', 'forward-after'],
    ['forward-before', ...singles, 'forward-after'],
  ],
  [
    ['forward-after', 'forward-before'],
    ['forward-after', 'forward-before', ...singles],
  ],
  [['forward-before'], ['forward-before']],
  [
    ['forward-after', 'forward-pool'],
    ['forward-after', 'forward-pool'],
  ],
  [
    ['forward-before:processes=4', 'forward-after:processes=4'],
    [
      'forward-before:processes=4',
      'forward-before:processes=4,pool=reused',
      'forward-before:processes=4,collect=as-completed',
      'forward-before:processes=4,result=tuple',
      'forward-after:processes=4',
    ],
  ],
  [
    ['forward-before', 'forward-before:result=tuple', 'forward-after'],
    ['forward-before', ...singles, 'forward-after'],
  ],
  [
    ['forward-before', 'forward-before:processes=8,result=tuple', 'forward-after'],
    ['forward-before', ...singles.slice(0, 2), 'forward-before:processes=8,result=tuple', 'forward-after'],
  ],
  [
    ['forward-before:pool=reused', 'forward-after'],
    [
      'forward-before:pool=reused',
      'forward-before:pool=reused,collect=as-completed',
      'forward-before:pool=reused,result=tuple',
      'forward-after',
    ],
  ],
  [
    ['forward-before:pool=reused,result=tuple', 'forward-after'],
    ['forward-before:pool=reused,result=tuple', 'forward-after'],
  ],
  [
    ['single-manager', 'lock-pool'],
    ['single-manager', 'lock-pool'],
  ],
] as const)
  test(`${specs.join(' and ')} are replayed as ${expected.length} strategies`, async () => {
    const { specs: all, added } = await withSingleChanges(specs);
    assert.deepEqual(all, expected);
    assert.deepEqual(
      added,
      expected.filter((spec) => !(specs as readonly string[]).includes(spec)),
    );
  });
