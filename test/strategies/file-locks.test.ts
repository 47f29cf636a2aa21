import assert from 'node:assert/strict';
import { readdir, readFile, readlink, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadStrategy } from '#src/strategies/index.js';
import { Stage } from './harness.js';
import { openLocks } from './kernel-lock-client.js';
import { LockProcess, privateFolder } from './kernel-lock-process.js';
import { kernelLockSuite } from './kernel-lock-suite.js';

kernelLockSuite('file locks', {
  setup: { kind: 'flock' },
  // Source: proc_locks(5): a line with an arrow is a request that is blocked.
  isQueued: async (pid) => new RegExp(`-> FLOCK .* ${pid} `).test(await readFile('/proc/locks', 'utf8')),
});

test('file locks: a wait without a thread of its own is served all the same', async (context) => {
  const setup = {
    kind: 'flock',
    directory: await privateFolder(context),
    size: 4096,
    options: { threads: 1 },
  } as const;
  const [holder, crowd] = await LockProcess.startMany(context, setup, 2);
  assert.ok(holder && crowd);
  for (const key of ['x', 'y']) await holder.ask({ do: 'acquire', name: key, keys: [key], timeoutMs: 0 });
  const first = crowd.ask({ do: 'acquire', name: 'x', keys: ['x'], timeoutMs: 60_000 });
  const second = crowd.ask({ do: 'acquire', name: 'y', keys: ['y'], timeoutMs: 60_000 });
  await holder.ask({ do: 'release', name: 'y' });
  await second;
  await holder.ask({ do: 'release', name: 'x' });
  await first;
});

test('file locks: removing lock files under the feet of their users does not let two in', async (context) => {
  const setup = { kind: 'flock', directory: await privateFolder(context), size: 1 } as const;
  const [locks, others] = [await openLocks(setup), await openLocks(setup)];
  context.after(() => Promise.all([locks.close(), others.close()]));
  await (await locks.acquire(['a'], { timeoutMs: 0 })).release();
  for (const name of await readdir(setup.directory)) await unlink(join(setup.directory, name));
  const held = await others.acquire(['a'], { timeoutMs: 0 });
  await assert.rejects(locks.acquire(['a'], { timeoutMs: 20 }), { code: 'LOCK_TIMEOUT' });
  const wait = locks.acquire(['a'], { timeoutMs: 60_000 });
  await held.release();
  await (await wait).release();
});

test('file locks: a tidy session removes the files that nobody uses, and only those', async (context) => {
  const directory = await privateFolder(context);
  const setup = { kind: 'flock', directory, size: 4096, options: { tidy: true } } as const;
  const [locks, others] = [await openLocks(setup), await openLocks(setup)];
  const held = await others.acquire(['a'], { timeoutMs: 0 });
  await (await locks.acquire(['b'], { timeoutMs: 0 })).release();
  await assert.rejects(locks.acquire(['a'], { timeoutMs: 0 }), { code: 'LOCK_TIMEOUT' });
  await locks.close();
  assert.deepEqual((await readdir(directory)).toSorted(), [`${held.guards[0]}.lock`, `${held.guards[0]}.queue`]);
  await others.close();
  assert.deepEqual(await readdir(directory), []);
});

test('file locks: the fencing token grows with every grant, over sessions and over shared keys', async (context) => {
  const setup = {
    kind: 'flock',
    directory: await privateFolder(context),
    size: 4096,
    options: { fencing: true },
  } as const;
  const tokens: number[] = [];
  for (const keys of [['a'], ['a', 'b'], ['b'], ['a'], ['b', 'a']]) {
    const locks = await openLocks(setup);
    const handle = await locks.acquire(keys, { timeoutMs: 0 });
    tokens.push(handle.fencingToken ?? Number.NaN);
    await locks.close();
  }
  assert.deepEqual(tokens, [1, 2, 3, 3, 4]);
});

test('file locks: a session keeps no descriptor once closed, and a folder that is gone is said so', async (context) => {
  const setup = { kind: 'flock', directory: await privateFolder(context), size: 8 } as const;
  const locks = await openLocks(setup);
  await locks.acquire(['a', 'b', 'c'], { timeoutMs: 0 });
  await locks.close();
  for (const descriptor of await readdir('/proc/self/fd')) {
    const target = await readlink(`/proc/self/fd/${descriptor}`).catch(() => '');
    assert.ok(!target.startsWith(setup.directory), target);
  }
  const others = await openLocks(setup);
  context.after(() => others.close());
  await rm(setup.directory, { recursive: true });
  await assert.rejects(others.acquire(['a'], { timeoutMs: 0 }), { code: 'FILE', message: /cannot open the lock file/ });
});

test('file locks: descriptors stay few, however many slots there are', async (context) => {
  const setup = { kind: 'flock', directory: await privateFolder(context), size: 65_536 } as const;
  const locks = await openLocks(setup);
  context.after(() => locks.close());
  for (let index = 0; index < 1200; index++) {
    await (await locks.acquire([`key-${index}`], { timeoutMs: 0 })).release();
  }
  assert.ok((await readdir('/proc/self/fd')).length < 1200);
});

describe('file-locks', () => {
  for (const state of ['managed-dict', 'rpc-server']) {
    test(`guards ${state} state across processes, and leaves nothing behind`, async () => {
      const stage = await Stage.open(`file-locks:size=2,state=${state}`);
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

  test('says before anything starts that a directory cannot hold lock files', async (context) => {
    for (const directory of ['/nowhere/at/all', '/proc/self', '/dev/null']) {
      const { strategy, options } = await loadStrategy(`file-locks:directory=${directory}`);
      const reason = await strategy.unavailable?.(options);
      assert.match(reason ?? '', new RegExp(`directory=${directory} .*name an existing directory`));
    }
    const directory = await privateFolder(context);
    const { strategy, options } = await loadStrategy(`file-locks:directory=${directory}`);
    assert.equal(await strategy.unavailable?.(options), undefined);
    assert.deepEqual(await readdir(directory), []);
    await assert.rejects(loadStrategy('file-locks:size=0'), { code: 'BAD_OPTION' });
  });
});
