import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VerifiableStructures } from '#src/replay/verifiable.js';
import type { Step, TraceStructure } from '#src/trace/operation.js';

const structures: TraceStructure[] = [
  { name: 'positions', kind: 'dict', group: 'position' },
  { name: 'clock', kind: 'value', group: 'general' },
  { name: 'messages', kind: 'queue', group: 'general' },
];

function verifiable(...lists: Step[][]): string[] {
  const found = new VerifiableStructures();
  for (const steps of lists) found.add(steps);
  return found.names(structures);
}

const read: Step = { do: 'read', in: 'positions', key: '{key}' };
const write: Step = { do: 'write', in: 'positions', key: '{key}' };

const cases: [title: string, lists: Step[][], names: string[]][] = [
  ['a structure that nobody writes has nothing to verify', [[read]], []],
  ['a read followed by a write of the same key can be verified', [[read, write]], ['positions']],
  [
    'a value has no key',
    [
      [
        { do: 'read', in: 'clock' },
        { do: 'write', in: 'clock' },
      ],
    ],
    ['clock'],
  ],
  ['a write of another key than the one read is blind', [[read, { ...write, key: '{other}' }]], []],
  ['a write before the read is blind', [[write, read]], []],
  ['one blind write anywhere spoils the structure', [[read, write], [write]], []],
  ['patches count where they are made', [[{ do: 'patch', in: 'positions', key: 'a' }]], ['positions']],
  ['so do many of them', [[{ do: 'patch-many', in: 'positions', keys: ['a'] }]], ['positions']],
  ['a deletion forgets the count', [[read, write, { do: 'delete', in: 'positions', key: 'a' }]], []],
  ['clearing forgets the count', [[read, write], [{ do: 'clear', in: 'positions' }]], []],
  ['writing many is blind', [[read, write, { do: 'write-many', in: 'positions', prefix: 'k', count: 2 }]], []],
  ['replacing all is blind', [[read, write, { do: 'replace-all', in: 'positions', prefix: 'k', count: 2 }]], []],
  ['a queue is not a register', [[{ do: 'put', in: 'messages' }]], []],
  [
    'inside "each" the current key counts as the same key',
    [
      [
        {
          do: 'each',
          in: 'positions',
          steps: [
            { do: 'read', in: 'positions', key: '{item}' },
            { do: 'write', in: 'positions', key: '{item}' },
          ],
        },
      ],
    ],
    ['positions'],
  ],
  ['what was read inside "each" is not known after it', [[{ do: 'each', keys: ['x'], steps: [read] }, write]], []],
];

for (const [title, lists, names] of cases) {
  test(title, () => {
    assert.deepEqual(verifiable(...lists), names);
  });
}
