import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ProcessProfile } from '#src/measure/profile.js';
import { idleNode, startNode } from './target.js';

const nobody = 65534;
const library = fileURLToPath(import.meta.resolve('#src/monitor/profile.js'));

/** Profiles `pid` and prints the first process, or the error, as JSON. */
const profiler = (pid: number): string => `
  import { profileProcess } from ${JSON.stringify(library)};
  const options = { durationMs: 1200, intervalMs: 100, children: false, thresholds: { overloadedPercent: 50, severePercent: 80 },
    signal: new AbortController().signal };
  const answer = await profileProcess(${pid}, options).then((profile) => profile.processes[0], (error) => ({ error: error.message }));
  console.log(JSON.stringify(answer));
`;

const skip = cannotBecomeNobody();

function cannotBecomeNobody(): string | false {
  if (process.getuid?.() !== 0) return 'only root can become another user';
  const tried = spawnSync(process.execPath, ['--input-type=module', '-e', `import ${JSON.stringify(library)}`], {
    uid: nobody,
    gid: nobody,
  });
  return tried.status === 0 ? false : 'another user cannot read this folder';
}

function run(command: string, args: string[], options: object): ProcessProfile & { error?: string } {
  return JSON.parse(execFileSync(command, args, { encoding: 'utf8', cwd: '/', ...options }));
}

test("of another user's process the times are told, and what may not be read is named", {
  skip,
}, async (t: TestContext) => {
  const target = await startNode(t, idleNode);
  const answer = run(process.execPath, ['--input-type=module', '-e', profiler(target.pid)], {
    uid: nobody,
    gid: nobody,
  });
  assert.equal(answer.verdict, 'healthy');
  assert.equal(answer.kind.name, 'node');
  assert.match(answer.kind.because, /calls itself/);
  assert.equal(answer.descriptors, undefined);
  assert.equal(answer.listeners, undefined);
  assert.deepEqual(
    answer.unreadable.map((each) => each.what),
    ['descriptors', 'listening sockets'],
  );
  assert.match(answer.unreadable[0]?.why ?? '', /as root/);
});

test('a process that /proc hides is told apart from one that is not there', {
  skip: skip || cannotMount(),
}, async (t: TestContext) => {
  const target = await startNode(t, idleNode);
  const script = `mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid=${nobody} --regid=${nobody} --clear-groups "$@"`;
  const args = ['-m', 'sh', '-c', script, 'sh', process.execPath, '--input-type=module', '-e', profiler(target.pid)];
  assert.match(run('unshare', args, {}).error ?? '', /is there, but \/proc hides it .*hidepid/);
});

function cannotMount(): string | false {
  const tried = spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t proc -o hidepid=2 proc /proc && setpriv --version']);
  return tried.status === 0 ? false : 'mounting /proc anew is not allowed here';
}
