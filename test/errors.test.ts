import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { IpcbenchError, isIpcbenchError } from '#src/errors.js';

test('an error of another copy of the package is known for what it is', async (t: TestContext) => {
  const folder = mkdtempSync(join(tmpdir(), 'ipcb-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const copy = join(folder, 'errors.mjs');
  cpSync(fileURLToPath(import.meta.resolve('#src/errors.js')), copy);
  const other = (await import(pathToFileURL(copy).href)) as typeof import('#src/errors.js');
  const error = new other.IpcbenchError('LOCK_TIMEOUT', 'late');
  assert.equal(error instanceof IpcbenchError, false);
  assert.equal(isIpcbenchError(error), true);
  assert.equal(isIpcbenchError(error, 'LOCK_TIMEOUT'), true);
  assert.equal(isIpcbenchError(error, 'ABORTED'), false);
});

for (const stranger of [new Error('x'), { code: 'ABORTED' }, undefined, null, 'ABORTED'])
  test(`${String(stranger)} is none of ours`, () => assert.equal(isIpcbenchError(stranger), false));
