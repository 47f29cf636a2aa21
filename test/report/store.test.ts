import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isIpcbenchError } from '#src/errors.js';
import { parseReport, proveWritable, readReport, reportText, writeReport } from '#src/report/store.js';
import { measured, missing, reportOf, usualReport } from './sample.js';

const folder = mkdtempSync(join(tmpdir(), 'ipcbench-store-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('a written report is read back as it was', () => {
  const path = join(folder, 'a.json');
  const report = usualReport();
  writeReport(path, report);
  assert.deepEqual(readReport(path), JSON.parse(JSON.stringify(report)));
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('partial')),
    [],
  );
});

test('a report of a strategy that failed is sound', () => {
  parseReport(reportText(reportOf([missing('redis', 'failed', 'it died')], { baseline: 'redis' })), 'x');
});

const sound = reportText(usualReport(1));
const faults: [title: string, text: string, expected: RegExp][] = [
  ['an empty file', '', /x\.json: the file is empty/],
  ['truncated JSON', sound.slice(0, sound.length / 2), /x\.json: the JSON is cut short/],
  ['a bare NaN', sound.replace(/"p99": [\d.]+/, '"p99": NaN'), /x\.json: holds NaN/],
  ['no JSON at all', 'strategy p50 p99', /x\.json: not JSON/],
  ["another tool's JSON", '{"requests": {"p99": 3}}', /x\.json: JSON, but not an ipcbench report/],
  ['a JSON that is no object', '[1, 2]', /not an ipcbench report/],
  [
    'an older schema',
    sound.replace('ipcbench.report/1', 'ipcbench.report/0'),
    /written as ipcbench\.report\/0, and this version reads ipcbench\.report\/1/,
  ],
  ['no results', reportText({ ...usualReport(1), results: [] }), /has no results/],
  ['a null for a figure', sound.replace(/"p99": [\d.]+/, '"p99": null'), /p99 must be number/],
  ['a missing field', sound.replace('"baseline"', '"base"'), /must have required property 'baseline'/],
  ['an unknown state', sound.replace('"state": "unavailable"', '"state": "lost"'), /results\.5\.state must be one of/],
];
for (const [title, text, expected] of faults) {
  test(`${title} is refused in one line`, () => {
    assert.throws(
      () => parseReport(text, 'x.json'),
      (error) => isIpcbenchError(error, 'BAD_REPORT') && expected.test(error.message) && !error.message.includes('\n'),
    );
  });
}

test('a file that is not there is told as such', () => {
  assert.throws(
    () => readReport(join(folder, 'absent.json')),
    (error) => isIpcbenchError(error, 'FILE') && /no such file/.test(error.message),
  );
});

test('a figure that is not finite is never written', () => {
  const result = measured({ label: 'a' });
  const report = reportOf([{ ...result, throughput: { operationsPerSecond: Number.NaN } }]);
  const path = join(folder, 'nan.json');
  assert.throws(() => writeReport(path, report), /throughput\.operationsPerSecond is NaN/);
  assert.throws(() => readReport(path), /no such file/);
});

test('a path that cannot be written is told before anything is measured, and nothing is left behind', () => {
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'file'), '');
  for (const path of [join(folder, 'absent', 'a.json'), join(folder, 'sub'), join(folder, 'file', 'a.json')])
    assert.throws(
      () => proveWritable(path),
      (error) => isIpcbenchError(error, 'FILE') && error.message.startsWith(`cannot write ${path}: `),
    );
  proveWritable(join(folder, 'sub', 'new.json'));
  assert.deepEqual(readdirSync(join(folder, 'sub')), []);
});

test('a report that exists survives a write that fails', () => {
  const path = join(folder, 'kept.json');
  writeReport(path, usualReport(1));
  const before = readFileSync(path, 'utf8');
  chmodSync(path, 0o644);
  const broken = { ...usualReport(1), trace: { ...usualReport(1).trace, durationMs: Number.POSITIVE_INFINITY } };
  assert.throws(() => writeReport(path, broken));
  assert.equal(readFileSync(path, 'utf8'), before);
});
