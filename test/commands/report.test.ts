import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readReport, reportText, writeReport } from '#src/report/store.js';
import { measured, missing, reportOf, usualReport } from '../report/sample.js';

const binary = fileURLToPath(new URL('../../../bin/ipcbench.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ipcbench-report-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: string[]) {
  return spawnSync(process.execPath, [binary, 'report', ...args], { cwd: folder, encoding: 'utf8' });
}

const usual = join(folder, 'usual.json');
writeReport(usual, usualReport());

test('it renders a report again, as a table by default', () => {
  const { status, stdout, stderr } = run(usual);
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /^single-manager +3,000/m);
  assert.match(stdout, /lock-pool is the one to move to/);
});

test('it writes every format asked for', () => {
  const outputs = [
    '--report',
    'r.json',
    '--html',
    'r.html',
    '--markdown',
    'r.md',
    '--hlog',
    'r.hlog',
    '--hgrm',
    'hgrm',
  ];
  const { status, stdout } = run(usual, ...outputs, '--format', 'json');
  assert.equal(status, 0);
  assert.deepEqual(JSON.parse(stdout), readReport(usual));
  assert.deepEqual(readReport(join(folder, 'r.json')), readReport(usual));
  assert.match(readFileSync(join(folder, 'r.html'), 'utf8'), /^<!doctype html>/);
  assert.match(readFileSync(join(folder, 'r.md'), 'utf8'), /^## ipcbench/);
  assert.equal(readdirSync(join(folder, 'hgrm')).length, 20);
});

test('it merges the reports of shards', () => {
  const shards = [1, 2].map((index) => {
    const report = reportOf([measured({ label: 'a', seed: index, count: 500 })]);
    const path = join(folder, `shard-${index}.json`);
    writeReport(path, { ...report, run: { ...report.run, shard: { index, count: 2 } } });
    return path;
  });
  const { status, stdout } = run(...shards, '--format', 'json');
  assert.equal(status, 0);
  assert.equal(JSON.parse(stdout).results[0].operations.order.count, 1000);
});

const exits: [code: number, title: string, args: string[], stderr: RegExp][] = [
  [0, 'a condition that is not true', ['--fail-on', '[lock-pool]p99>10s'], /passed/],
  [1, 'a condition that is true', ['--fail-on', 'overlaps>0'], /FAILED.*broken\.js.*12/],
  [1, '--require-safe with something unsafe', ['--require-safe'], /FAILED/],
  [2, 'a condition with a fault', ['--fail-on', 'p98>1ms'], /not a metric.*\n {2}p98>1ms\n {2}\^/],
  [2, 'a strategy that is not in the report', ['--fail-on', '[absent]p99>1ms'], /no strategy "absent"/],
  [2, 'an unknown option', ['--fial-on', 'p99>1ms'], /unknown option/],
  [2, 'a path that cannot be written', ['--html', 'absent/r.html'], /cannot write absent\/r\.html/],
  [3, 'a condition on what was not measured', ['--fail-on', '[redis]p99>1ms'], /could not be measured/],
];
for (const [code, title, args, stderr] of exits) {
  test(`${title} ends with ${code}`, () => {
    const result = run(usual, ...args);
    assert.equal(result.status, code, result.stderr);
    assert.match(result.stderr, stderr);
  });
}

test('a condition that cannot be decided ends with 4', () => {
  const path = join(folder, 'unfinished.json');
  writeReport(path, reportOf([measured({ label: 'a', count: 1000, unfinished: 50 })]));
  assert.equal(run(path, '--fail-on', 'p99>10s').status, 4);
});

test('a saturated generator ends with 3 where a condition was asked for', () => {
  const path = join(folder, 'saturated.json');
  writeReport(path, reportOf([measured({ label: 'a', saturated: true })]));
  assert.equal(run(path, '--fail-on', 'p99>10s').status, 3);
  assert.equal(run(path).status, 0);
});

const faults: [title: string, text: string, expected: RegExp][] = [
  ['truncated JSON', reportText(usualReport(1)).slice(0, 5000), /cut short/],
  ["another tool's JSON", '{"latency": 1}', /not an ipcbench report/],
  ['an older schema', '{"schema": "ipcbench.report/0"}', /written as ipcbench\.report\/0/],
  ['an empty list of results', reportText({ ...usualReport(1), results: [] }), /no results/],
  [
    'the same strategy twice',
    reportText(reportOf([measured({ label: 'a' }), measured({ label: 'a', seed: 2 })])),
    /two of its results are called a/,
  ],
  ['NaN', '{"schema": "ipcbench.report/1", "baseline": NaN}', /holds NaN/],
];
for (const [title, text, expected] of faults) {
  test(`${title} is one clear line and 2`, () => {
    const path = join(folder, 'bad.json');
    writeFileSync(path, text);
    const { status, stderr, stdout } = run(path);
    assert.equal(status, 2);
    assert.match(stderr, expected);
    assert.deepEqual([stderr.trim().split('\n').length, stdout], [1, '']);
  });
}

test('a damaged histogram is one clear line and 2, wherever it is needed', () => {
  const report = usualReport(1);
  const text = reportText(report).replaceAll(/"response": "[^"]+"/g, '"response": "AAAA"');
  writeFileSync(join(folder, 'damaged.json'), text);
  const whole = reportText({ ...report, run: { ...report.run, startedAt: '2026-01-02T04:00:00.000Z' } });
  writeFileSync(join(folder, 'other.json'), whole);
  for (const args of [['--html', 'damaged.html'], ['other.json']]) {
    const { status, stderr } = run('damaged.json', ...args);
    assert.equal(status, 2, stderr);
    assert.match(stderr, /^ipcbench: a histogram in the report is damaged [^\n]+\n$/);
  }
});

test('nothing is written when a report is refused', () => {
  const path = join(folder, 'failed.json');
  writeReport(path, reportOf([missing('redis', 'failed', 'it died')]));
  assert.equal(run(path, usual, '--html', 'never.html').status, 2);
  assert.ok(!existsSync(join(folder, 'never.html')));
});
