import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveText } from '#src/replay/resolver.js';
import { compileSteps, runSteps } from '#src/replay/step-compiler.js';
import type { Step } from '#src/trace/operation.js';
import { Bench, RecordingSession } from './session.js';

test('fields and the current item are filled in, unknown names with nothing', () => {
  const scope = { fields: { account: 'a1', n: 7, ['__proto__']: 'p' }, item: 'x' };
  const cases: [text: string, filled: string][] = [
    ['plain', 'plain'],
    ['{account}|{n}', 'a1|7'],
    ['{item}', 'x'],
    ['{}{nobody}', '{}'],
    ['{toString}', ''],
    ['{account}{account}!', 'a1a1!'],
  ];
  for (const [text, filled] of cases) assert.equal(resolveText(text, scope), filled);
});

const cases: [title: string, steps: Step[], asked: string[]][] = [
  ['nothing asks for nothing', [], []],
  [
    'waiting asks for nothing',
    [
      { do: 'wait', ms: 0.01 },
      { do: 'cpu', ms: '{ms}' },
    ],
    [],
  ],
  ['a lock is released by the next unlock', [{ do: 'lock', key: '{k}' }, { do: 'unlock' }], ['acquire key', 'release']],
  [
    'several keys are one acquisition, the same key once',
    [{ do: 'lock', key: ['a', '{k}', 'key'] }, { do: 'unlock' }],
    ['acquire a+key', 'release'],
  ],
  ['an unlock without a lock does nothing', [{ do: 'unlock' }], []],
  ['a value has the empty key', [{ do: 'read', in: 'clock' }], ['get clock[]']],
  [
    'a read and a write',
    [
      { do: 'read', in: 's', key: 'k' },
      { do: 'write', in: 's', key: 'k' },
    ],
    ['get s[k]', 'set s[k]'],
  ],
  [
    'patches one by one, or in one call',
    [
      { do: 'patch', in: 's', key: '{k}', bytes: '{ms}' },
      { do: 'patch-many', in: 's', keys: ['a', 'b'] },
      { do: 'patch-many', in: 's', keys: ['a', 'b'], batch: true },
    ],
    ['patch s[key]', 'patch s[a]', 'patch s[b]', 'patchMany s[a,b]'],
  ],
  [
    'many writes in one call, or one by one',
    [
      { do: 'write-many', in: 's', prefix: '{k}-', count: 2 },
      { do: 'write-many', in: 's', prefix: 'p', count: 2, batch: false },
      { do: 'replace-all', in: 's', prefix: 'r', count: 1 },
    ],
    ['setMany s[key-0,key-1]', 'set s[p0]', 'set s[p1]', 'replaceAll s[r0]'],
  ],
  [
    'whole dicts',
    [
      { do: 'keys', in: 's' },
      { do: 'read-all', in: 's' },
      { do: 'delete', in: 's', key: 'k' },
      { do: 'clear', in: 's' },
    ],
    ['keys s', 'entries s', 'delete s[k]', 'clear s'],
  ],
  [
    'queues',
    [
      { do: 'put', in: 'q', bytes: 10 },
      { do: 'take', in: 'q' },
      { do: 'take', in: 'q', timeoutMs: 5 },
    ],
    ['put q', 'take q within 1000 ms', 'take q within 5 ms'],
  ],
  [
    '"each" runs its steps for each key named',
    [{ do: 'each', keys: ['a', '{k}'], steps: [{ do: 'read', in: 's', key: '{item}' }] }],
    ['get s[a]', 'get s[key]'],
  ],
  [
    '"each" over a dict asks for its keys once and stops at its limit',
    [
      { do: 'write', in: 's', key: 'x' },
      { do: 'write', in: 's', key: 'y' },
      { do: 'each', in: 's', limit: 1, steps: [{ do: 'read', in: 's', key: '{item}' }] },
    ],
    ['set s[x]', 'set s[y]', 'keys s', 'get s[x]'],
  ],
  [
    '"each" inside "each" has its own item, and gives the outer one back',
    [
      {
        do: 'each',
        keys: ['a', 'b'],
        steps: [
          { do: 'each', keys: ['{item}1'], steps: [{ do: 'read', in: 's', key: '{item}' }] },
          { do: 'read', in: 's', key: '{item}' },
        ],
      },
    ],
    ['get s[a1]', 'get s[a]', 'get s[b1]', 'get s[b]'],
  ],
];

for (const [title, steps, asked] of cases) {
  test(title, async (context) => {
    const recording = new RecordingSession();
    const run = (await Bench.open(context, recording.session)).run({ k: 'key', ms: 1 });
    await runSteps(compileSteps(steps), run);
    assert.deepEqual(recording.asked, asked);
  });
}

const write: Step = { do: 'write', in: 's', key: 'k' };
const lock: Step = { do: 'lock', key: 'k' };

const travels: [title: string, steps: Step[], asked: string[]][] = [
  [
    'a last write travels with the release, where only waiting lies between',
    [lock, write, { do: 'wait', ms: 0 }, { do: 'put', in: 'q' }, { do: 'unlock' }],
    ['acquire k', 'put q', 'release with s[k]'],
  ],
  [
    'a write that is read again does not wait for the release',
    [lock, write, { do: 'read', in: 's', key: 'k' }, { do: 'unlock' }],
    ['acquire k', 'set s[k]', 'get s[k]', 'release'],
  ],
  [
    'of two writes the last one travels',
    [lock, write, write, { do: 'unlock' }],
    ['acquire k', 'set s[k]', 'release with s[k]'],
  ],
  ['a write without a lock goes at once', [write], ['set s[k]']],
];

for (const [title, steps, asked] of travels) {
  test(title, async (context) => {
    const recording = new RecordingSession(true);
    const run = (await Bench.open(context, recording.session)).run();
    await runSteps(compileSteps(steps), run);
    assert.deepEqual(recording.asked, asked);
  });
}
