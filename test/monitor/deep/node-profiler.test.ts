import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isIpcbenchError } from '#src/errors.js';
import { functionCosts } from '#src/measure/call-tree.js';
import { startDeepProfile } from '#src/monitor/deep/deep-profile.js';
import { ownLoopbackPorts } from '#src/monitor/deep/inspector-port.js';
import { idleNode, startNode, startPython, startTarget } from '../target.js';

const program = fileURLToPath(new URL('../../../../bin/ipcbench.js', import.meta.url));
/** Whichever port is free, so that tests don't meet on the usual one. */
const nobody = { uid: 65534, gid: 65534 };
const anyPort = '--inspect-port=0';

const hot = `
  function veryHot() { let sum = 0; for (let i = 0; i < 2e6; i++) sum += Math.sqrt(i); return sum; }
  function cool() { let sum = 0; for (let i = 0; i < 1e5; i++) sum += Math.sqrt(i); return sum; }
  let keep;
  const step = () => { veryHot(); cool(); keep = new Array(5000).fill(0).map(() => ({})); setTimeout(step, 1); };
  console.log('ready');
  step();
  setInterval(() => console.log('turned'), 200);
`;

/** Waits until the target listens nowhere, and fails after half a minute. */
async function closedAgain(pid: number): Promise<void> {
  const until = Date.now() + 30_000;
  while (ownLoopbackPorts(pid).length > 0) {
    assert.ok(Date.now() < until, 'the inspector is still open');
    await delay(50);
  }
}

/** Samples count the time that went by: on a busy machine `(garbage collector)` may be what waited longest for a core. */
const isFunction = ({ name }: { name: string }): boolean => !name.startsWith('(');

const refusal = (pattern: RegExp) => (error: unknown) =>
  isIpcbenchError(error, 'UNAVAILABLE') && pattern.test(error.message);

function cannotUnshare(): string | false {
  return spawnSync('unshare', ['-n', 'true']).status === 0
    ? false
    : 'a network namespace of its own is not allowed here';
}

function cannotBecomeNobody(): string | false {
  if (process.getuid?.() !== 0) return 'only root can become another user';
  const tried = spawnSync(process.execPath, [program, '--help'], { ...nobody, cwd: '/' });
  return tried.status === 0 ? false : 'another user cannot read this folder';
}

// Nearly all of it is waiting, so it is done at once.
describe('a CPU profile of a live Node process', { concurrency: 3 }, () => {
  test('the hot function of a live process is named first; then its inspector is closed and it runs on', async (t: TestContext) => {
    const target = await startNode(t, hot, anyPort);
    const deep = await startDeepProfile(target.pid);
    await delay(1500);
    const { tree, summary, file } = await deep.finish();
    const [hottest, next] = summary.functions.filter(isFunction);
    assert.deepEqual([functionCosts(tree).find(isFunction)?.name, hottest?.name], ['veryHot', 'veryHot']);
    assert.ok((hottest?.selfPercent ?? 0) > 2 * (next?.selfPercent ?? 0));
    assert.deepEqual(summary.notes, []);
    assert.ok((summary.node?.eventLoopUtilization ?? 0) > 0.1 && (summary.node?.gc.count ?? 0) >= 0);
    assert.ok((summary.node?.heap.usedBytes ?? 0) > 1e6 && (summary.node?.eventLoopDelayMs.max ?? 0) > 0);
    assert.ok(Array.isArray(JSON.parse(file.content).nodes));
    assert.deepEqual(ownLoopbackPorts(target.pid), []);
    assert.ok(target.child.stdout);
    await once(createInterface({ input: target.child.stdout }), 'line');
    assert.equal(target.child.exitCode, null);
  });

  test('a second profile of the same process works like the first', async (t: TestContext) => {
    const target = await startNode(t, idleNode, anyPort);
    for (let i = 0; i < 2; i++) {
      const deep = await startDeepProfile(target.pid);
      await deep.finish();
      assert.deepEqual(ownLoopbackPorts(target.pid), []);
    }
  });

  test('an inspector that was open before is used and left open', async (t: TestContext) => {
    const target = await startNode(t, hot, '--inspect=127.0.0.1:0');
    const before = ownLoopbackPorts(target.pid);
    assert.equal(before.length, 1);
    const deep = await startDeepProfile(target.pid);
    await delay(300);
    await deep.finish();
    await delay(300);
    assert.deepEqual(ownLoopbackPorts(target.pid), before);
  });

  test('a port that is taken is told before anything is signalled', async (t: TestContext) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    const target = await startNode(
      t,
      `process.on('SIGUSR1', () => process.exit(9)); ${idleNode}`,
      `--inspect-port=${address.port}`,
    );
    await assert.rejects(startDeepProfile(target.pid), refusal(new RegExp(`port ${address.port} is taken`)));
    await delay(200);
    assert.equal(target.child.exitCode, null);
  });

  test('a process that does not catch SIGUSR1 is left alone', async (t: TestContext) => {
    const folder = mkdtempSync(join(tmpdir(), 'ipcbench-test-'));
    t.after(() => rmSync(folder, { recursive: true }));
    copyFileSync('/bin/sh', join(folder, 'node'));
    const target = await startTarget(t, join(folder, 'node'), [
      '-c',
      'mkfifo "$0"; exec 3<>"$0"; echo ready; read line <&3',
      join(folder, 'fifo'),
    ]);
    await assert.rejects(startDeepProfile(target.pid), refusal(/does not catch SIGUSR1/));
    assert.equal(target.child.exitCode, null);
  });

  test('a process with a SIGUSR1 handler of its own is told so', async (t: TestContext) => {
    const target = await startNode(t, `process.on('SIGUSR1', () => {}); ${idleNode}`, anyPort);
    await assert.rejects(startDeepProfile(target.pid), refusal(/SIGUSR1 handler of its own, or its loop is blocked/));
    await target.end();
  });

  test('a process whose loop was blocked has its inspector closed once it turns', async (t: TestContext) => {
    const folder = mkdtempSync(join(tmpdir(), 'ipcbench-test-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const gate = join(folder, 'gate');
    // The loop stays blocked until the gate is there, which a thread of its own looks for.
    const target = await startNode(
      t,
      `const memory = new SharedArrayBuffer(8);
      const watch = \`
        const { workerData: { memory, gate } } = require('node:worker_threads');
        const words = new Int32Array(memory);
        while (!require('node:fs').existsSync(gate)) Atomics.wait(words, 1, 0, 50);
        Atomics.store(words, 0, 1);
        Atomics.notify(words, 0);
      \`;
      const { Worker } = require('node:worker_threads');
      const thread = new Worker(watch, { eval: true, workerData: { memory, gate: ${JSON.stringify(gate)} } });
      thread.once('online', () => {
        console.log('ready');
        Atomics.wait(new Int32Array(memory), 0, 0);
        setTimeout(() => console.log('turned'), 500);
      });
      setInterval(() => {}, 1000);`,
      anyPort,
    );
    assert.ok(target.child.stdout);
    const turned = once(createInterface({ input: target.child.stdout }), 'line');
    await delay(300);
    await assert.rejects(startDeepProfile(target.pid), /loop is blocked/);
    writeFileSync(gate, '');
    await turned;
    await closedAgain(target.pid);
    await delay(500);
    assert.deepEqual(ownLoopbackPorts(target.pid), []);
  });

  test('a profiler that is killed leaves no inspector open', async (t: TestContext) => {
    const target = await startNode(t, hot, anyPort);
    const folder = mkdtempSync(join(tmpdir(), 'ipcbench-test-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const profiler = spawn(process.execPath, [program, 'profile', String(target.pid), '--cpu', '--duration', '60s'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const exited = once(profiler, 'exit');
    const said = once(profiler.stderr, 'data');
    await said;
    assert.equal(ownLoopbackPorts(target.pid).length, 1);
    profiler.kill('SIGKILL');
    await exited;
    await closedAgain(target.pid);
    assert.equal(target.child.exitCode, null);
  });

  test('a process in another network namespace is told so', { skip: cannotUnshare() }, async (t: TestContext) => {
    const target = await startTarget(t, 'unshare', ['-n', process.execPath, anyPort, '-e', idleNode]);
    await assert.rejects(startDeepProfile(target.pid), refusal(/another network namespace/));
    assert.equal(target.child.exitCode, null);
  });

  test("another user's process is told so, and is not signalled", {
    skip: cannotBecomeNobody(),
  }, async (t: TestContext) => {
    const target = await startNode(t, idleNode, anyPort);
    const library = import.meta.resolve('#src/monitor/deep/deep-profile.js');
    const source = `import { startDeepProfile } from '${library}';
    await startDeepProfile(${target.pid}).then(() => console.log('attached'), (error) => console.log(error.message));`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
      ...nobody,
      encoding: 'utf8',
      cwd: '/',
    });
    assert.match(stdout, /belongs to .*; run as .* or as root/);
    assert.deepEqual(ownLoopbackPorts(target.pid), []);
  });
});

test('a tool that is not installed is named with the line that installs it', async (t: TestContext) => {
  const target = await startPython(t, `import time; print('ready', flush=True); time.sleep(600)`);
  const path = process.env.PATH;
  t.after(() => {
    process.env.PATH = path;
  });
  process.env.PATH = '';
  await assert.rejects(startDeepProfile(target.pid), refusal(/py-spy, which is not installed: pip install py-spy/));
});
