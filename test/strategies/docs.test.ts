import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { listStrategies } from '#src/strategies/index.js';

test('the map of strategies names every one of them', async () => {
  const page = await readFile(new URL('../../../docs/strategies.md', import.meta.url), 'utf8');
  for (const { name } of await listStrategies()) assert.ok(page.includes(`| \`${name}\` |`), `${name} has no row`);
});
