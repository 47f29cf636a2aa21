import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stepKinds } from '#src/trace/check/step-rules.js';
import { generators } from '#src/trace/generate/index.js';
import { validateTrace } from '#src/trace/reader.js';
import { temporaryFile } from './sample.js';

const page = await readFile(fileURLToPath(new URL('../../../docs/trace-format.md', import.meta.url)), 'utf8');

test('the example in the documentation is a valid trace', async (context) => {
  const example = /```jsonl\n(.*?)```/s.exec(page)?.[1] ?? '';
  const { operations, lockingKinds } = await validateTrace(await temporaryFile(context, 't.jsonl', example));
  assert.equal(operations, 6);
  assert.deepEqual(lockingKinds, ['scan', 'order']);
});

test('the documentation names every step and every fixture', () => {
  const presets = generators.flatMap(({ presets }) => Object.keys(presets));
  for (const name of [...stepKinds, ...presets]) assert.match(page, new RegExp(`^\\| \`${name}\` +\\|`, 'm'));
});
