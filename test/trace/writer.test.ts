import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { TraceOperation } from '#src/trace/operation.js';
import { readTrace } from '#src/trace/reader.js';
import { writeTrace } from '#src/trace/writer.js';
import { sampleHeader, sampleOrder, temporaryFolder } from './sample.js';

const operations: TraceOperation[] = Array.from({ length: 3000 }, (_, at) => ({ ...sampleOrder, at }));

for (const name of ['t.jsonl', 't.jsonl.gz']) {
  test(`what is written to ${name} is read back`, async (context) => {
    const path = join(await temporaryFolder(context), name);
    await writeTrace(path, sampleHeader, operations);
    const found: TraceOperation[] = [];
    const trace = await readTrace(path);
    for await (const operation of trace) found.push(operation);
    assert.deepEqual(found, operations);
    assert.deepEqual(trace.header, sampleHeader);
    const bytes = await readFile(path);
    assert.equal((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().split('\n').length, 3002);
  });
}

test('a failure half-way leaves what was there before, and nothing beside it', async (context) => {
  const folder = await temporaryFolder(context);
  const path = join(folder, 't.jsonl');
  await writeFile(path, 'before');
  function* failing(): Generator<TraceOperation> {
    yield* operations;
    throw new Error('half-way');
  }
  await assert.rejects(writeTrace(path, sampleHeader, failing()), /half-way/);
  assert.deepEqual(await readdir(folder), ['t.jsonl']);
  assert.equal(await readFile(path, 'utf8'), 'before');
});

test('a path that cannot be written is told in one line', async () => {
  const failing = writeTrace('/nowhere/t.jsonl', sampleHeader, operations);
  await assert.rejects(failing, {
    code: 'FILE',
    message: /^\/nowhere\/t\.jsonl: cannot be written: its folder does not exist$/,
  });
});
