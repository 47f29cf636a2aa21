import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { busyNode, idleNode, startNode } from '../monitor/target.js';

const program = fileURLToPath(new URL('../../../bin/ipcbench.js', import.meta.url));

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'ipcbench-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function profile(cwd: string, ...args: (string | number)[]) {
  return spawnSync(process.execPath, [program, 'profile', ...args.map(String)], { cwd, encoding: 'utf8' });
}

test('a CPU profile is written where asked, and is read again with --from', async (t: TestContext) => {
  const folder = folderFor(t);
  const target = await startNode(t, busyNode, '--inspect-port=0');
  const live = profile(
    folder,
    target.pid,
    '--cpu',
    '--cpu-out',
    'x.cpuprofile',
    '--html',
    'x.html',
    '--duration',
    '1500ms',
  );
  assert.equal(live.status, 0, live.stderr);
  assert.match(live.stdout, /CPU profile \(inspector\)[\s\S]* spin [\s\S]*event loop: busy/);
  assert.ok(!live.stdout.includes('listens on'), 'the inspector is none of its own listeners');
  assert.match(readFileSync(join(folder, 'x.html'), 'utf8'), /<svg class="flame"[\s\S]*data-name="spin"[\s\S]*uPlot/);
  assert.deepEqual(readdirSync(folder).sort(), ['x.cpuprofile', 'x.html']);
  const again = profile(folder, '--from', 'x.cpuprofile', '--html', 'flame.html', '--format', 'json');
  assert.equal(again.status, 0, again.stderr);
  // Samples count the time that went by: where the target hardly ever gets a core, a collection that waits for one may come first.
  const [first, second] = JSON.parse(again.stdout).functions.map(({ name }: { name: string }) => name);
  assert.ok([first, second].includes('spin'), `${first}, ${second}`);
  assert.ok(existsSync(join(folder, 'flame.html')));
});

test('an output that cannot be written ends with 2 before anything is attached', async (t: TestContext) => {
  const folder = folderFor(t);
  const target = await startNode(t, idleNode, '--inspect-port=0');
  const { status, stderr, stdout } = profile(
    folder,
    target.pid,
    '--cpu',
    '--html',
    join(folder, 'no', 'such', 'folder.html'),
  );
  assert.equal(status, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /folder.html/);
});

test('a file that is no profile ends with 2 and one line', (t: TestContext) => {
  const folder = folderFor(t);
  writeFileSync(join(folder, 'x'), 'not a profile\n');
  const { status, stderr } = profile(folder, '--from', 'x');
  assert.equal(status, 2);
  assert.match(stderr, /^ipcbench: x:1: .*\n$/);
});

for (const args of [
  ['--from', 'x', '1'],
  ['--from', 'x', '--cpu'],
  ['--from', 'x', '--fail-on', 'cpu>1%'],
  ['1', '--cpu-out', 'y'],
]) {
  test(`profile ${args.join(' ')} is contradictory`, (t: TestContext) => {
    assert.equal(profile(folderFor(t), ...args).status, 2);
  });
}
