import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { isIpcbenchError } from '#src/errors.js';
import { identify } from '#src/monitor/process-identity.js';
import { idleNode, startNode, startPython } from './target.js';

const refusal = (code: 'USAGE' | 'NO_PROCESS', pattern: RegExp) => (error: unknown) =>
  isIpcbenchError(error, code) && pattern.test(error.message) && !error.message.includes('\n');

test('a process is identified by its name, its arguments and its owner', async (t: TestContext) => {
  const target = await startNode(t, idleNode);
  const identity = identify(target.pid);
  assert.equal(identity.stat.pid, target.pid);
  assert.equal(identity.stat.parentPid, process.pid);
  assert.deepEqual(identity.args.slice(1), ['-e', idleNode]);
  assert.match(identity.user, /./);
});

test('process 1 can be watched', () => {
  assert.equal(identify(1).stat.pid, 1);
});

test('what is no process id is refused', () => {
  for (const pid of [0, -1, 1.5, Number.NaN]) assert.throws(() => identify(pid), refusal('USAGE', /not a process id/));
});

test('the profiler itself is refused', () => {
  assert.throws(() => identify(process.pid), refusal('USAGE', /this profiler itself/));
});

test('a process that does not exist is told so', () => {
  assert.throws(() => identify(2 ** 22 + 1), refusal('NO_PROCESS', /there is no process 4194305/));
});

test('a thread is refused, and its process named', async (t: TestContext) => {
  const target = await startNode(t, idleNode);
  const thread = readdirSync(`/proc/${target.pid}/task`)
    .map(Number)
    .find((tid) => tid !== target.pid);
  assert.ok(thread);
  assert.throws(() => identify(thread), refusal('USAGE', new RegExp(`thread of process ${target.pid}`)));
});

test('a zombie is told so, with its parent', async (t: TestContext) => {
  const target = await startPython(
    t,
    `
import os, time
child = os.fork()
if child == 0: os._exit(0)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
print(child, flush=True)
time.sleep(600)
`,
  );
  assert.throws(
    () => identify(Number(target.greeting)),
    refusal('NO_PROCESS', new RegExp(`zombie: its parent ${target.pid}`)),
  );
});
