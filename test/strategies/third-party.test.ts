import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { contract } from './contract.js';

// The example of docs/writing-a-strategy.md, held to the same contract as the strategies that come with the product.
contract({
  spec: `${fileURLToPath(new URL('../../../test/fixtures/lock-directories.mjs', import.meta.url))}:poll=3ms`,
  exclusion: true,
  state: true,
  coordinators: true,
  locksOnCoordinator: false,
  orphans: 'later',
});

const textOf = (path: string): Promise<string> => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');

for (const name of ['lock-directories', 'thread-per-cycle'])
  test(`the documentation shows the example ${name} as it is tested`, async () => {
    const [example, page] = await Promise.all([
      textOf(`test/fixtures/${name}.mjs`),
      textOf('docs/writing-a-strategy.md'),
    ]);
    assert.ok(page.includes(example));
  });
