import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Report } from '#src/report/model.js';
import { writeReport } from '#src/report/store.js';
import { measured, reportOf } from '../report/sample.js';

const binary = fileURLToPath(new URL('../../../bin/ipcbench.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ipcbench-compare-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function run(args: string[], env: Record<string, string> = {}) {
  return spawnSync(process.execPath, [binary, 'compare', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
}

function saved(name: string, report: Report): string {
  writeReport(join(folder, name), report);
  return name;
}

const pair = (medianMs: number, more = {}): Report =>
  reportOf([
    measured({ label: './old.js', rounds: 5, count: 500, seed: 1 }),
    measured({ label: './new.js', medianMs, rounds: 5, count: 500, seed: 2, ...more }),
  ]);
const slower = saved('slower.json', pair(130));
const equal = saved('equal.json', pair(100));
const base = saved(
  'base.json',
  reportOf([
    measured({ label: 'single-manager', medianMs: 900, rounds: 5 }),
    measured({ label: 'lock-pool', medianMs: 260, rounds: 5 }),
  ]),
);
const next = saved(
  'next.json',
  reportOf([
    measured({ label: 'single-manager', medianMs: 900, rounds: 5, seed: 4 }),
    measured({ label: 'lock-pool', medianMs: 260, rounds: 5, seed: 5 }),
  ]),
);

const exits: [code: number, title: string, args: string[], expected: RegExp][] = [
  [0, 'an equal pair', [equal], /Paired/],
  [1, 'a pair of which the new one is slower', [slower], /order\.p99.*worse/],
  [0, 'a new one that is faster', [slower, '--baseline', './new.js'], /better/],
  [0, 'two runs of the same', [base, next], /two separate runs shift as wholes/],
  [1, 'a condition that came true', [base, next, '--fail-on', '[lock-pool]p99>0.1x'], /FAILED/],
  [4, 'a condition on what two runs cannot tell', [base, next, '--fail-on', 'p99>+10%'], /could not be decided/],
  [4, '--strict where it is inconclusive', [base, next, '--strict'], /inconclusive/],
  [2, 'a condition with a fault', [equal, '--fail-on', 'p99>'], /value is missing/],
  [2, 'reports with no strategy in common', [equal, base], /no strategy was measured in all/],
  [2, '--baseline with two reports', [base, next, '--baseline', 'lock-pool'], /--baseline goes with one report/],
  [2, 'an unknown strategy as the baseline', [equal, '--baseline', 'absent'], /nothing to compare with absent/],
  [2, 'a minimum effect without its unit', [equal, '--minimum-effect', '5'], /such as 5%/],
];
for (const [code, title, args, expected] of exits) {
  test(`${title} ends with ${code}`, () => {
    const { status, stdout, stderr } = run(args);
    assert.equal(status, code, stderr);
    assert.match(stdout + stderr, expected);
  });
}

test('a generator that was saturated ends with 3, never with success', () => {
  const { status, stdout } = run([saved('saturated.json', pair(100, { saturated: true }))]);
  assert.equal(status, 3);
  assert.match(stdout, /could not be judged: the load generator was saturated/);
});

test('reports of different hosts are refused, and with --force compared as far as it carries', () => {
  const other = reportOf([
    measured({ label: 'single-manager', rounds: 5 }),
    measured({ label: 'lock-pool', rounds: 5 }),
  ]);
  const name = saved('other.json', { ...other, run: { ...other.run, host: { ...other.run.host, cpus: 64 } } });
  assert.equal(run([base, name]).status, 2);
  const forced = run([base, name, '--force']);
  assert.match(forced.stdout, /different hosts/);
  assert.match(forced.stdout, /order\.p99 to baseline/);
  assert.doesNotMatch(forced.stdout, /^order\.p99 +\d/m);
});

test('a shard is not compared with the whole, nor joined coordinators with own ones', () => {
  const report = reportOf([
    measured({ label: 'single-manager', rounds: 5 }),
    measured({ label: 'lock-pool', rounds: 5 }),
  ]);
  const part = saved('part.json', { ...report, run: { ...report.run, shard: { index: 2, count: 4 } } });
  const joined = saved('joined.json', { ...report, run: { ...report.run, joined: 'abc' } });
  for (const [name, expected] of [
    [part, /one replayed the whole trace and the other shard 2\/4 of it/],
    [joined, /one joined coordinators and the other started its own/],
  ] as const) {
    const { status, stderr } = run([base, name]);
    assert.equal(status, 2);
    assert.match(stderr, expected);
  }
});

const faults: [title: string, text: string, expected: RegExp][] = [
  ['truncated JSON', readFileSync(join(folder, base), 'utf8').slice(0, 5000), /cut short/],
  ["another tool's JSON", '{"latency": 1}', /not an ipcbench report/],
  ['an older schema', '{"schema": "ipcbench.report/0"}', /written as ipcbench\.report\/0/],
  ['an empty list of results', JSON.stringify({ ...pair(100), results: [] }), /no results/],
  ['NaN', '{"schema": "ipcbench.report/1", "baseline": NaN}', /holds NaN/],
];
for (const [title, text, expected] of faults) {
  test(`${title} on either side is one clear line and 2`, () => {
    writeFileSync(join(folder, 'bad.json'), text);
    for (const files of [
      ['bad.json', next],
      [base, 'bad.json'],
    ]) {
      const { status, stdout, stderr } = run(files);
      assert.deepEqual([status, stdout], [2, ''], stderr);
      assert.match(stderr, expected);
      assert.match(stderr, /^ipcbench: bad\.json: [^\n]+\n$/);
    }
  });
}

test('it writes every format asked for', () => {
  const { status, stdout } = run([
    base,
    next,
    '--format',
    'json',
    '--html',
    'c.html',
    '--markdown',
    'c.md',
    '--junit',
    'c.xml',
    '--fail-on',
    'overlaps>0',
  ]);
  assert.equal(status, 0);
  const told = JSON.parse(stdout);
  assert.deepEqual([told.schema, told.kind, told.conditions.length], ['ipcbench.comparison/1', 'separate', 1]);
  assert.match(readFileSync(join(folder, 'c.html'), 'utf8'), /lock-pool \(base\)/);
  assert.match(readFileSync(join(folder, 'c.md'), 'utf8'), /^## ipcbench compare/);
  assert.match(readFileSync(join(folder, 'c.xml'), 'utf8'), /<testsuites>/);
});

test('--self-test tells which conditions can fail at all', () => {
  const good = run([base, '--self-test', '--fail-on', '[lock-pool]p99>0.5x']);
  assert.equal(good.status, 0);
  assert.match(good.stdout, /can fail: does so when everything is 2 times worse/);
  const vain = run([base, '--self-test', '--fail-on', 'throughput<0']);
  assert.equal(vain.status, 1);
  assert.match(vain.stdout, /can NEVER fail/);
  assert.equal(run([base, '--self-test']).status, 2);
});

test('conditions come from the config file, from the environment over it, and from flags over both', () => {
  writeFileSync(join(folder, 'ipcbench.config.json'), '{"failOn": ["[lock-pool]p99>0.1x"]}');
  assert.equal(run([base, next]).status, 1);
  assert.equal(run([base, next], { IPCBENCH_FAIL_ON: '[lock-pool]p99>0.9x' }).status, 0);
  assert.equal(run([base, next, '--fail-on', 'calls>1'], { IPCBENCH_FAIL_ON: '[lock-pool]p99>0.9x' }).status, 1);
  writeFileSync(join(folder, 'ipcbench.config.json'), '{"fail-on": []}');
  assert.equal(run([base, next]).status, 2);
  rmSync(join(folder, 'ipcbench.config.json'));
});
