import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { isIpcbenchError } from '#src/errors.js';
import { nodeCommand } from '#src/monitor/clinic/node-command.js';
import { folder } from '../../replay/bench-trace.js';

const nodeFolder = dirname(process.execPath);

test('node is found on the search path, and its arguments stay as they are', () => {
  const found = nodeCommand(['node', '--max-old-space-size=100', 'server.js', '--', '-x'], nodeFolder);
  assert.deepEqual(found, { node: process.execPath, rest: ['--max-old-space-size=100', 'server.js', '--', '-x'] });
});

test('a script whose first line names node is run by node', async (context) => {
  const script = join(await folder(context), 'tool');
  await writeFile(script, '#!/usr/bin/env node\n', { mode: 0o755 });
  assert.deepEqual(nodeCommand([script, '-x'], nodeFolder), { node: process.execPath, rest: [script, '-x'] });
});

test('another program is refused, and so is what is no program', async (context) => {
  const script = join(await folder(context), 'tool');
  await writeFile(script, '#!/bin/sh\nexec node\n', { mode: 0o755 });
  for (const words of [[script], ['no-such-program'], ['server.js'], [dirname(script)]]) {
    assert.throws(
      () => nodeCommand(words, nodeFolder),
      (error) =>
        isIpcbenchError(error, 'USAGE') &&
        /; give the node command itself, such as -- node server\.js$/.test(error.message),
    );
  }
});
