import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { TraceOperation } from '#src/trace/operation.js';
import { openTrace, readTrace, validateTrace } from '#src/trace/reader.js';
import { primaryOf } from '#src/trace/summary.js';
import { writeTrace } from '#src/trace/writer.js';
import { sampleHeader, sampleOrder, temporaryFile, temporaryFolder, traceLines } from './sample.js';

const orders = (count: number): TraceOperation[] =>
  Array.from({ length: count }, (_, index) => ({
    ...sampleOrder,
    at: index,
    fields: { key: `k${index % 7}`, bytes: 10 },
  }));

for (const count of [0, 1, 20_000]) {
  test(`a trace of ${count} operations is read whole, in order, and summed up`, async (context) => {
    const text = traceLines(sampleHeader, ...orders(count));
    const path = await temporaryFile(context, 't.jsonl', text);
    const trace = await readTrace(path);
    const found: TraceOperation[] = [];
    for await (const operation of trace) found.push(operation);
    assert.deepEqual(found, orders(count));
    const summary = trace.summary();
    assert.equal(summary.operations, count);
    assert.equal(summary.durationMs, Math.max(0, count - 1));
    assert.equal(summary.sha256, createHash('sha256').update(text).digest('hex'));
    assert.deepEqual({ ...summary.processes }, { validator: count, checker: 0 });
  });
}

test('plain and gzip, CRLF, a byte-order mark, blank lines and a missing last end of line all read alike', async (context) => {
  const text = traceLines(sampleHeader, ...orders(3));
  const variants: [string, string | Buffer][] = [
    ['plain', text],
    ['gzip by its bytes, whatever its name', gzipSync(text)],
    ['two gzip members', Buffer.concat([gzipSync(text.slice(0, 900)), gzipSync(text.slice(900))])],
    ['CRLF', text.replaceAll('\n', '\r\n')],
    ['byte-order mark', `\ufeff${text}`],
    ['no end of line at the end', text.trimEnd()],
    ['blank lines', text.replaceAll('\n', '\n \r\n\n')],
  ];
  for (const [what, content] of variants) {
    const path = await temporaryFile(context, 't.jsonl', content);
    const { operations, kinds, lockingKinds } = await validateTrace(path);
    assert.deepEqual([operations, { ...kinds }, lockingKinds], [3, { order: 3 }, ['order']], what);
  }
});

test('plain and gzip of one trace have the same sha256', async (context) => {
  const text = traceLines(sampleHeader, ...orders(3));
  const [plain, packed] = await Promise.all([
    temporaryFile(context, 't.jsonl', text),
    temporaryFile(context, 't.jsonl.gz', gzipSync(text)),
  ]);
  assert.equal((await validateTrace(plain)).sha256, (await validateTrace(packed)).sha256);
});

test('characters and lines that straddle the reading chunks arrive whole', async (context) => {
  const wide = (index: number): TraceOperation => ({
    ...sampleOrder,
    fields: { key: `ключ🔑${'é'.repeat(index * 37)}`, bytes: 1 },
  });
  const operations = Array.from({ length: 400 }, (_, index) => wide(index));
  const path = await temporaryFile(context, 't.jsonl', traceLines(sampleHeader, ...operations));
  const found: TraceOperation[] = [];
  for await (const operation of await readTrace(path)) found.push(operation);
  assert.deepEqual(found, operations);
});

test('keys may be any strings', async (context) => {
  const keys = ['__proto__', 'constructor', '', 'x'.repeat(65_536), 'ключ', '{key}', '\u0000\n'];
  const lines = keys.map(
    (key) => `{"at":1,"op":"order","process":"validator","fields":{"key":${JSON.stringify(key)},"bytes":1}}`,
  );
  const path = await temporaryFile(context, 't.jsonl', traceLines(sampleHeader, ...lines));
  const found: unknown[] = [];
  for await (const operation of await readTrace(path)) found.push(operation.fields?.key);
  assert.deepEqual(found, keys);
});

test('kinds, processes, templates and fields may be called __proto__', async (context) => {
  const header = JSON.stringify({
    ...sampleHeader,
    processes: [{ name: '__proto__' }],
    templates: { order: [{ do: 'read', in: 'positions', key: '{__proto__}' }] },
  }).replace('"order":', '"__proto__":');
  const line = '{"at":1,"op":"__proto__","process":"__proto__","fields":{"__proto__":"k"}}';
  const summary = await validateTrace(await temporaryFile(context, 't.jsonl', traceLines(header, line)));
  assert.deepEqual(Object.entries(summary.kinds), [['__proto__', 1]]);
  assert.deepEqual(Object.entries(summary.processes), [['__proto__', 1]]);
  const missing = line.replace(',"fields":{"__proto__":"k"}', '');
  const bad = await temporaryFile(context, 't.jsonl', traceLines(header, missing));
  await assert.rejects(validateTrace(bad), /"fields.__proto__" is .*expected a text or a number/);
});

test('unknown fields are kept', async (context) => {
  const path = await temporaryFile(
    context,
    't.jsonl',
    traceLines({ ...sampleHeader, more: 1 }, { ...sampleOrder, extra: { a: [1] } }),
  );
  const trace = await readTrace(path);
  assert.deepEqual({ ...trace.header }, { ...sampleHeader, more: 1 });
  for await (const operation of trace) assert.deepEqual({ ...operation }, { ...sampleOrder, extra: { a: [1] } });
});

test('standard input is copied to a private file that is gone after closing', async () => {
  const before = (await readdir(tmpdir())).filter((name) => name.startsWith('ipcbench-trace-'));
  const text = traceLines(sampleHeader, ...orders(5));
  const trace = await openTrace('-', { stdin: Readable.from([Buffer.from(text)]) });
  const added = (await readdir(tmpdir())).filter(
    (name) => name.startsWith('ipcbench-trace-') && !before.includes(name),
  );
  assert.equal(added.length, 1);
  for await (const batch of trace.batches()) assert.equal(batch.length, 5);
  await trace.close();
  await trace.close();
  assert.ok(!existsSync(`${tmpdir()}/${added[0]}`));
  const stdin = (): Readable => Readable.from([Buffer.from('no')]);
  await assert.rejects(validateTrace('-', { stdin: stdin() }), { message: /^stdin:1: / });
});

test('skipInvalid leaves bad lines out and counts them', async (context) => {
  const bad = Array.from({ length: 7 }, () => '{"op":');
  const path = await temporaryFile(context, 't.jsonl', traceLines(sampleHeader, sampleOrder, ...bad, sampleOrder));
  const { operations, skipped, skippedExamples } = await validateTrace(path, { skipInvalid: true });
  assert.deepEqual([operations, skipped, skippedExamples.length], [2, 7, 5]);
  assert.match(skippedExamples[0] ?? '', /t\.jsonl:3: not JSON/);
});

test('a cut gzip file is told as such, and skipInvalid keeps what came before the cut', async (context) => {
  const whole = gzipSync(traceLines(sampleHeader, ...orders(5000)), { level: 1 });
  const path = await temporaryFile(context, 't.jsonl.gz', whole.subarray(0, whole.length - 100));
  await assert.rejects(validateTrace(path), {
    code: 'BAD_TRACE',
    message: /t\.jsonl\.gz:\d+: .*the gzip file ends in the middle/,
  });
  const { operations, skipped, sha256 } = await validateTrace(path, { skipInvalid: true });
  assert.match(sha256, /^[0-9a-f]{64}$/);
  assert.ok(operations > 0 && operations < 5000);
  assert.ok(skipped >= 1);
});

test('a damaged gzip file is told as such', async (context) => {
  const whole = gzipSync(traceLines(sampleHeader, ...orders(50)));
  whole.fill(0, 40, 60);
  const path = await temporaryFile(context, 't.jsonl.gz', whole);
  await assert.rejects(validateTrace(path), { code: 'BAD_TRACE', message: /the gzip data is damaged/ });
});

test('a file that is missing or a folder is told as such', async () => {
  await assert.rejects(openTrace('/nowhere/t.jsonl'), { code: 'FILE', message: '/nowhere/t.jsonl: no such file' });
  await assert.rejects(openTrace(tmpdir()), { code: 'FILE', message: /is a folder/ });
});

test('a file that holds fewer operations than its header says was cut', async (context) => {
  const path = await temporaryFile(context, 't.jsonl', traceLines({ ...sampleHeader, operations: 3 }, sampleOrder));
  await assert.rejects(validateTrace(path), { message: /holds 1 operations, expected 3/ });
});

test('the primary operation is the one named, else the most frequent that locks, else the most frequent', () => {
  const kinds = { look: 9, scan: 1, order: 3 };
  assert.equal(primaryOf({ primary: 'scan' }, { kinds, lockingKinds: ['order'] }), 'scan');
  assert.equal(primaryOf({}, { kinds, lockingKinds: ['scan', 'order'] }), 'order');
  assert.equal(primaryOf({}, { kinds, lockingKinds: [] }), 'look');
  assert.equal(primaryOf({}, { kinds: {}, lockingKinds: [] }), undefined);
});

test('reading 200,000 operations takes no more memory than reading 20,000', async (context) => {
  const folder = await temporaryFolder(context);
  const [small, large] = [join(folder, 's.jsonl'), join(folder, 'l.jsonl')];
  await writeTrace(small, sampleHeader, orders(20_000));
  await writeTrace(large, sampleHeader, orders(200_000));
  await validateTrace(small);
  const before = process.memoryUsage.rss();
  assert.equal((await validateTrace(large)).operations, 200_000);
  const grownMegabytes = (process.memoryUsage.rss() - before) / 1e6;
  assert.ok(grownMegabytes < 60, `grew by ${grownMegabytes} MB`);
});
