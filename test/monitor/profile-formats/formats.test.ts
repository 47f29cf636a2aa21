import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { isIpcbenchError } from '#src/errors.js';
import { functionCosts } from '#src/measure/call-tree.js';
import { parseProfile, readProfileFile } from '#src/monitor/profile-formats/index.js';

/** Two functions, `main` calling `hot`: 1 of 4 parts in `main` itself. */
const same: Record<string, string> = {
  'collapsed stacks': 'main;hot 3\nmain 1\n',
  'a .cpuprofile': JSON.stringify({
    nodes: [
      { id: 1, callFrame: { functionName: '(root)', url: '', lineNumber: -1 }, children: [2, 4] },
      { id: 2, callFrame: { functionName: 'main', url: '', lineNumber: 0 }, children: [3] },
      { id: 3, callFrame: { functionName: 'hot', url: '', lineNumber: 9 } },
      { id: 4, callFrame: { functionName: '(idle)', url: '', lineNumber: -1 } },
    ],
    samples: [2, 3, 4, 3],
    timeDeltas: [50, 1000, 2000, 5000, 1000],
  }),
  'sampled speedscope JSON': JSON.stringify({
    shared: { frames: [{ name: 'main' }, { name: 'hot' }] },
    profiles: [{ type: 'sampled', unit: 'none', samples: [[0], [0, 1]], weights: [1, 3] }],
  }),
  'evented speedscope JSON': JSON.stringify({
    shared: { frames: [{ name: 'main' }, { name: 'hot' }] },
    profiles: [
      {
        type: 'evented',
        unit: 'milliseconds',
        startValue: 5,
        events: [
          { type: 'O', frame: 0, at: 5 },
          { type: 'O', frame: 1, at: 6 },
          { type: 'C', frame: 1, at: 9 },
          { type: 'C', frame: 0, at: 9 },
        ],
      },
    ],
  }),
};

for (const [name, text] of Object.entries(same)) {
  test(`${name}: time is told by function, idling left out`, () => {
    const costs = functionCosts(parseProfile(text, 'x'));
    assert.deepEqual(
      costs.map(({ name, self, total }) => [name, self, total]),
      [
        ['hot', 3, 3],
        ['main', 1, 4],
      ],
    );
  });
}

test('perf script: samples of one, innermost function first, programs apart', () => {
  const text = `# comment
worker 41/42 [001] 12.500:     250000 cpu-clock:uhH:
\t    55d4c0 hot+0x1a (/usr/bin/worker)
\t    55d4ff main+0x2 (/usr/bin/worker)

worker 41/42 12.510:     250000 cpu-clock:uhH:
\t    55d4ff main+0x2 (/usr/bin/worker)
`;
  const costs = functionCosts(parseProfile(text, 'x'));
  assert.deepEqual(
    costs.map(({ name, file, self, total }) => [name, file, self, total]),
    [
      ['hot', '/usr/bin/worker', 1, 1],
      ['main', '/usr/bin/worker', 1, 2],
      ['worker', undefined, 0, 2],
    ],
  );
});

test('py-spy names file and line in brackets', () => {
  const [cost] = functionCosts(parseProfile('<module> (a b.py:1);hot (x/y.py:12) 5\n', 'x'));
  assert.deepEqual(cost, { name: 'hot', file: 'x/y.py', line: 12, self: 5, total: 5 });
});

test('a recursive function counts once per stack in its total', () => {
  const [cost] = functionCosts(parseProfile('f;g;f 4\n', 'x'));
  assert.deepEqual(cost, { name: 'f', self: 4, total: 4 });
});

test('a compressed file is read like a plain one', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ipcbench-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'x.gz'), gzipSync('main;hot 3\n'));
  assert.equal(functionCosts(readProfileFile(join(folder, 'x.gz')))[0]?.name, 'hot');
});

for (const [what, text] of [
  ['an empty file', ''],
  ['cut JSON', '{"nodes": ['],
  ['JSON of something else', '{"a": 1}'],
  ['prose', 'this is no profile'],
  ['a sample of a node that is not there', '{"nodes": [], "samples": [7], "timeDeltas": [1]}'],
] as const) {
  test(`${what} is refused with the name of the file`, () => {
    assert.throws(
      () => parseProfile(text, 'x.file'),
      (error) => isIpcbenchError(error, 'FILE') && error.message.startsWith('x.file'),
    );
  });
}

test('a file that is not there is refused', () => {
  assert.throws(
    () => readProfileFile('/nowhere/x'),
    (error) => isIpcbenchError(error, 'FILE'),
  );
});
