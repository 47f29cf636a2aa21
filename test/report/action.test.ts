import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { writeReport } from '#src/report/store.js';
import { measured, reportOf } from './sample.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ipcbench-action-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const action = readFileSync(join(root, 'action.yml'), 'utf8');
const script = (action.split('      run: |\n')[1] ?? '').replace(/^ {8}/gm, '');
// The action fetches the package by npx; here npx runs the one that is being tested.
writeFileSync(join(folder, 'npx'), `#!/bin/sh\nshift 2\nexec "${process.execPath}" "${root}bin/ipcbench.js" "$@"\n`);
chmodSync(join(folder, 'npx'), 0o755);
writeReport(join(folder, 'a b.json'), reportOf([measured({ label: 'x' })]));
writeReport(
  join(folder, 'run.json'),
  reportOf([measured({ label: './old.js' }), measured({ label: './new.js', seed: 3 })]),
);

function runAction(inputs: Record<string, string>) {
  const files = { GITHUB_STEP_SUMMARY: join(folder, 'summary.md'), GITHUB_OUTPUT: join(folder, 'output') };
  for (const file of Object.values(files)) writeFileSync(file, '');
  const defaults = {
    BASELINE: '',
    FAIL_ON: '',
    REQUIRE_SAFE: 'true',
    STRICT: 'false',
    FORCE: 'false',
    HTML: 'c.html',
    JUNIT: 'c.xml',
    VERSION: 'latest',
  };
  const { status, stderr } = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...defaults, ...inputs, ...files, PATH: `${folder}${delimiter}${process.env.PATH}` },
  });
  return {
    status,
    stderr,
    summary: readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8'),
    output: readFileSync(files.GITHUB_OUTPUT, 'utf8'),
  };
}

test('every input of the action reaches its step', () => {
  const inputs = [...action.matchAll(/^ {2}([a-z-]+):\n {4}description/gm)]
    .map((match) => match[1] ?? '')
    .filter((name) => name !== 'exit-code');
  assert.equal(inputs.length, 9);
  for (const name of inputs) assert.ok(action.includes(`\${{ inputs.${name} }}`), name);
});

test('the action compares, writes the job summary and tells the exit code', () => {
  const { status, summary, output, stderr } = runAction({ REPORTS: 'run.json' });
  assert.deepEqual([status, output], [0, 'exit-code=0\n'], stderr);
  assert.match(summary, /^## ipcbench compare/);
  assert.match(readFileSync(join(folder, 'c.xml'), 'utf8'), /<testsuites>/);
});

test('the action fails as the comparison does, with conditions one a line that no shell reads', () => {
  const { status, output, stderr } = runAction({
    REPORTS: 'run.json',
    FAIL_ON: '[./new.js]p99>1ms\n\n[./new.js]overlaps>0',
  });
  assert.deepEqual([status, output], [1, 'exit-code=1\n'], stderr);
  assert.match(stderr, /\[\.\/new\.js\]p99>1ms: FAILED/);
  const odd = runAction({ REPORTS: 'run.json', FAIL_ON: '$(touch pwned)>1ms' });
  assert.deepEqual([odd.status, odd.output], [2, 'exit-code=2\n']);
});
