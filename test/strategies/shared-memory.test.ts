import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Stage } from './harness.js';
import { openLocks } from './kernel-lock-client.js';
import { LockProcess, privateFolder } from './kernel-lock-process.js';
import { kernelLockSuite } from './kernel-lock-suite.js';

/** Whether a thread of process `pid` is in a system call that looks so in proc_pid_syscall(5). */
const isIn = (call: RegExp) => async (pid: number) => {
  const tasks = await readdir(`/proc/${pid}/task`);
  const calls = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/syscall`, 'utf8').catch(() => '')),
  );
  return calls.some((line) => call.test(line));
};
/** futex_waitv. */
const isQueued = isIn(/^449 /);
/** futex with operation FUTEX_WAIT, between processes: Node's own are private. */
const isPolling = isIn(/^(202|98) 0x[0-9a-f]+ 0x0 /);

kernelLockSuite('shared memory', { setup: { kind: 'shared-memory' }, isQueued });
kernelLockSuite('shared memory on old kernels', {
  setup: { kind: 'shared-memory', futexWaitv: false },
  isQueued: isPolling,
});

test('shared memory: the next holder learns that the one before died, and the one after that does not', async (context) => {
  const setup = { kind: 'shared-memory', directory: await privateFolder(context), size: 8 } as const;
  const [holder, next] = await LockProcess.startMany(context, setup, 2);
  assert.ok(holder && next);
  const take = (from: LockProcess) =>
    from.ask<{ previousHolderDied: boolean }>({ do: 'acquire', name: 'a', keys: ['a'], timeoutMs: 60_000 });
  assert.equal((await take(holder)).previousHolderDied, false);
  const waits = take(next);
  await holder.kill();
  assert.equal((await waits).previousHolderDied, true);
  await next.ask({ do: 'release', name: 'a' });
  assert.equal((await take(next)).previousHolderDied, false);
});

test('shared memory: a process that is stopped in the queue is passed over, and served when it goes on', async (context) => {
  const setup = { kind: 'shared-memory', directory: await privateFolder(context), size: 8 } as const;
  const locks = await openLocks(setup);
  context.after(() => locks.close());
  const [stopped, next] = await LockProcess.startMany(context, setup, 2);
  assert.ok(stopped && next);
  const held = await locks.acquire(['a'], { timeoutMs: 0 });
  const late = stopped.ask({ do: 'acquire', name: 'a', keys: ['a'], timeoutMs: 60_000 });
  while (!(await isQueued(stopped.pid))) await new Promise((resolve) => setTimeout(resolve, 2));
  process.kill(stopped.pid, 'SIGSTOP');
  const passing = next.ask({ do: 'acquire', name: 'a', keys: ['a'], timeoutMs: 60_000 });
  await held.release();
  await passing;
  process.kill(stopped.pid, 'SIGCONT');
  await next.ask({ do: 'release', name: 'a' });
  await late;
});

test('shared memory: the fencing token grows with every grant, over processes and over shared keys', async (context) => {
  const setup = { kind: 'shared-memory', directory: await privateFolder(context), size: 4096 } as const;
  const kept = await openLocks(setup);
  context.after(() => kept.close());
  const tokens: (number | undefined)[] = [];
  for (const keys of [['a'], ['a', 'b'], ['b'], ['a'], ['b', 'a']]) {
    const process = await LockProcess.start(context, setup);
    const handle = await process.ask<{ fencingToken?: number }>({ do: 'acquire', name: 'x', keys, timeoutMs: 60_000 });
    tokens.push(handle.fencingToken);
    await process.ask({ do: 'close' });
  }
  assert.deepEqual(tokens, [1, 2, 3, 3, 4]);
});

test('shared memory: the last one to close removes the file, and no other', async (context) => {
  const setup = { kind: 'shared-memory', directory: await privateFolder(context), size: 8 } as const;
  const [locks, others] = [await openLocks(setup), await openLocks(setup)];
  await locks.close();
  assert.deepEqual(await readdir(setup.directory), ['locks']);
  await others.close();
  assert.deepEqual(await readdir(setup.directory), []);
});

test('shared memory: a file of another size, of something else, or from before the last start is refused', async (context) => {
  const setup = { kind: 'shared-memory', directory: await privateFolder(context), size: 8 } as const;
  const locks = await openLocks(setup);
  const file = join(setup.directory, 'locks');
  const content = await readFile(file);
  await assert.rejects(openLocks({ ...setup, size: 16 }), { code: 'FILE', message: /another number of locks than 16/ });
  await locks.close();
  await writeFile(file, Buffer.alloc(content.length));
  await assert.rejects(openLocks(setup), { code: 'FILE', message: /something else: remove it/ });
  content.write('00000000', 64);
  await writeFile(file, content);
  await assert.rejects(openLocks(setup), { code: 'FILE', message: /from before the machine's last start/ });
});

describe('shared-memory', () => {
  for (const state of ['managed-dict', 'rpc-server']) {
    test(`guards ${state} state across processes, and leaves nothing behind`, async () => {
      const stage = await Stage.open(`shared-memory:size=2,state=${state}`);
      const clients = await stage.clientsOf(3);
      const given = { sections: 15, keys: ['a', 'b', '__proto__'], width: 2, concurrency: 4 };
      const stamps = await Promise.all(clients.map((client, seed) => client.scenario('contend', { ...given, seed })));
      const counts = (await clients[0]?.state('entries', 'counts')) as [string, number][];
      assert.equal(
        counts.reduce((sum, [, count]) => sum + count, 0),
        (stamps.flat() as unknown[]).length,
      );
      await clients[1]?.acquire(['a']);
      await clients[1]?.kill();
      await (await clients[0]?.acquire(['a']))?.release();
      await clients[0]?.close();
      // Clients that exit without closing leave nothing behind either.
      assert.deepEqual(await stage.close(), []);
    });
  }
});
