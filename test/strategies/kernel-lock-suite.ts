import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import type { KernelSlotLocks } from '#src/strategies/locks/kernel-slot-locks.js';
import { type LockChoice, type LockSetup, openLocks, type Section } from './kernel-lock-client.js';
import { LockProcess, privateFolder } from './kernel-lock-process.js';

export interface LockKind {
  setup: LockChoice;
  /** Whether a thread of process `pid` waits in the kernel for a lock. */
  isQueued(pid: number): Promise<boolean>;
}

/** Polls, since the kernel tells nobody when a thread falls asleep. */
async function queued(kind: LockKind, process: LockProcess): Promise<void> {
  while (!(await kind.isQueued(process.pid))) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Pairs of sections that were open at the same time, over all processes. */
export function overlapsAmong(sections: readonly Section[]): number {
  const times = sections.map(([from, to]) => ({ from: BigInt(from), to: BigInt(to) }));
  times.sort((a, b) => (a.from < b.from ? -1 : 1));
  return times.filter(({ from }, index) => index > 0 && from < (times[index - 1]?.to ?? 0n)).length;
}

/** Opens locks in this process, closed with the test. */
async function open(context: TestContext, setup: LockSetup): Promise<KernelSlotLocks> {
  const locks = await openLocks(setup);
  context.after(() => locks.close());
  return locks;
}

const threadCount = async (): Promise<number> => (await readdir('/proc/self/task')).length;

/** What any lock that the kernel keeps has to do, whichever it is. */
export function kernelLockSuite(title: string, kind: LockKind): void {
  const setupIn = async (context: TestContext, size = 64): Promise<LockSetup> => ({
    ...kind.setup,
    size,
    directory: await privateFolder(context),
  });

  test(`${title}: eight processes never overlap on one key, and do on eight`, async (context) => {
    const setup = await setupIn(context);
    const processes = await LockProcess.startMany(context, setup, 8);
    const run = async (keyOf: (index: number) => string, count: number): Promise<Section[]> => {
      const asked = processes.map((process, index) =>
        process.ask<Section[]>({ do: 'sections', keys: [[keyOf(index)]], count, holdMs: 1 }),
      );
      return (await Promise.all(asked)).flat();
    };
    const guarded = await run(() => 'hot', 40);
    assert.equal(guarded.length, 320);
    assert.equal(overlapsAmong(guarded), 0);
    assert.ok(overlapsAmong(await run((index) => `key-${index}`, 30)) > 0);
  });

  test(`${title}: no process starves while eight want the same lock all the time`, async (context) => {
    const setup = await setupIn(context);
    const processes = await LockProcess.startMany(context, setup, 8);
    const asked = processes.map((process) =>
      process.ask<Section[]>({ do: 'sectionsUntilTold', key: 'hot', holdMs: 1 }),
    );
    await new Promise<void>((resolve) => {
      for (const process of processes) {
        process.onSection = () => {
          if (processes.reduce((sum, { sections }) => sum + sections, 0) >= 240) resolve();
        };
      }
    });
    await Promise.all(processes.map((process) => process.ask({ do: 'stop' })));
    const counts = (await Promise.all(asked)).map((sections) => sections.length);
    assert.ok(Math.min(...counts) > 0, `sections per process: ${counts.join(' ')}`);
  });

  test(`${title}: 64 waiters on one lock, nested locks and file reads all finish`, async (context) => {
    const setup = await setupIn(context);
    const [holder, crowd] = await LockProcess.startMany(context, setup, 2);
    assert.ok(holder && crowd);
    await holder.ask({ do: 'acquire', name: 'hot', keys: ['hot'], timeoutMs: 10_000 });
    const waits = Array.from({ length: 64 }, async (_, index) => {
      const [outer, inner] = [`outer ${index}`, `inner ${index}`];
      await crowd.ask({ do: 'acquire', name: outer, keys: [`key-${index % 8}`], timeoutMs: 60_000 });
      await crowd.ask({ do: 'acquire', name: inner, keys: ['hot'], timeoutMs: 60_000 });
      await crowd.ask({ do: 'release', name: inner });
      await crowd.ask({ do: 'release', name: outer });
    });
    await crowd.ask({ do: 'readFiles', count: 50 });
    await holder.ask({ do: 'release', name: 'hot' });
    await Promise.all(waits);
  });

  test(`${title}: waits for 32 locks at once leave file reads alone and are all served`, async (context) => {
    const setup = await setupIn(context, 4096);
    const [holder, crowd] = await LockProcess.startMany(context, setup, 2);
    assert.ok(holder && crowd);
    const keys = Array.from({ length: 32 }, (_, index) => `key-${index}`);
    for (const key of keys) await holder.ask({ do: 'acquire', name: key, keys: [key], timeoutMs: 10_000 });
    const waits = keys.map((key) => crowd.ask({ do: 'acquire', name: key, keys: [key], timeoutMs: 60_000 }));
    await crowd.ask({ do: 'readFiles', count: 50 });
    for (const key of keys.toReversed()) {
      await holder.ask({ do: 'release', name: key });
      await waits[keys.indexOf(key)];
      await crowd.ask({ do: 'release', name: key });
    }
  });

  test(`${title}: a killed holder's lock goes to the next one in the queue`, async (context) => {
    const setup = await setupIn(context);
    const [holder, queued, next] = await LockProcess.startMany(context, setup, 3);
    assert.ok(holder && queued && next);
    await holder.ask({ do: 'acquire', name: 'a', keys: ['a'], timeoutMs: 10_000 });
    const waits = [queued, next].map((process) =>
      process.ask({ do: 'acquire', name: 'a', keys: ['a'], timeoutMs: 60_000 }),
    );
    await holder.kill();
    const first = await Promise.race(waits.map((wait, index) => wait.then(() => index)));
    await [queued, next][first]?.kill();
    await waits[1 - first];
  });

  test(`${title}: whenever a process is killed, the others go on without overlap`, async (context) => {
    const setup = await setupIn(context);
    const survivors = await LockProcess.startMany(context, setup, 2);
    const asked = survivors.map((process) =>
      process.ask<Section[]>({ do: 'sectionsUntilTold', key: 'hot', holdMs: 0 }),
    );
    for (const victim of await LockProcess.startMany(context, setup, 6)) {
      const enough = new Promise<void>((resolve) => {
        victim.onSection = () => victim.sections >= 20 && resolve();
      });
      victim.ask({ do: 'sectionsUntilTold', key: 'hot', holdMs: 0 }).catch(() => {});
      await enough;
      await victim.kill();
    }
    const before = survivors.map(({ sections }) => sections);
    await Promise.all(
      survivors.map(
        (process, index) =>
          new Promise<void>((resolve) => {
            process.onSection = () => process.sections > (before[index] ?? 0) + 20 && resolve();
          }),
      ),
    );
    await Promise.all(survivors.map((process) => process.ask({ do: 'stop' })));
    assert.equal(overlapsAmong((await Promise.all(asked)).flat()), 0);
  });

  test(`${title}: a waiter that is killed in the queue holds nobody up`, async (context) => {
    const setup = await setupIn(context);
    const locks = await open(context, setup);
    const [waiter, next] = await LockProcess.startMany(context, setup, 2);
    assert.ok(waiter && next);
    const held = await locks.acquire(['a'], { timeoutMs: 0 });
    const refused = waiter.ask({ do: 'acquire', name: 'a', keys: ['a'], timeoutMs: 60_000 });
    await queued(kind, waiter);
    await waiter.kill();
    await assert.rejects(refused, { message: 'EXITED' });
    const granted = next.ask({ do: 'acquire', name: 'a', keys: ['a'], timeoutMs: 60_000 });
    await held.release();
    await granted;
  });

  test(`${title}: a wait that ran out holds nothing, even when the grant comes later`, async (context) => {
    const setup = await setupIn(context);
    const locks = await open(context, setup);
    const other = await LockProcess.start(context, setup);
    const held = await locks.acquire(['a'], { timeoutMs: 0 });
    for (const timeoutMs of [0, 1, 30]) {
      await assert.rejects(other.ask({ do: 'acquire', name: 'a', keys: ['a'], timeoutMs }), {
        message: 'LOCK_TIMEOUT',
      });
    }
    await held.release();
    const again = await locks.acquire(['a'], { timeoutMs: 60_000 });
    await again.release();
    await other.ask({ do: 'acquire', name: 'a', keys: ['a'], timeoutMs: 60_000 });
  });

  test(`${title}: an aborted wait rejects, leaves the queue, and the others are served in order`, async (context) => {
    const setup = await setupIn(context);
    const locks = await open(context, setup);
    const other = await LockProcess.start(context, setup);
    await other.ask({ do: 'acquire', name: 'a', keys: ['a'], timeoutMs: 0 });
    const abort = new AbortController();
    const order: string[] = [];
    const wait = async (name: string, signal?: AbortSignal): Promise<void> => {
      const handle = await locks.acquire(['a'], signal ? { timeoutMs: 60_000, signal } : { timeoutMs: 60_000 });
      order.push(name);
      await handle.release();
    };
    const aborted = assert.rejects(wait('aborted', abort.signal), { code: 'ABORTED' });
    const served = [wait('first'), wait('second')];
    abort.abort();
    await aborted;
    await assert.rejects(locks.acquire(['free'], { timeoutMs: 1, signal: abort.signal }), { code: 'ABORTED' });
    await other.ask({ do: 'release', name: 'a' });
    await Promise.all(served);
    assert.deepEqual(order, ['first', 'second']);
  });

  test(`${title}: releasing twice does not take the lock from its next holder`, async (context) => {
    const setup = await setupIn(context);
    const [locks, others] = [await open(context, setup), await open(context, setup)];
    const first = await locks.acquire(['a'], { timeoutMs: 0 });
    await first.release();
    const second = await locks.acquire(['a'], { timeoutMs: 0 });
    await first.release();
    await assert.rejects(others.acquire(['a'], { timeoutMs: 0 }), { code: 'LOCK_TIMEOUT' });
    await second.release();
    await (await others.acquire(['a'], { timeoutMs: 0 })).release();
  });

  test(`${title}: operations of one process exclude each other, in the order they came`, async (context) => {
    const locks = await open(context, await setupIn(context));
    let inside = 0;
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const handle = await locks.acquire(['a'], { timeoutMs: 60_000 });
        assert.equal(++inside, 1);
        order.push(index);
        await new Promise((resolve) => setImmediate(resolve));
        inside--;
        await handle.release();
      }),
    );
    assert.deepEqual(
      order,
      Array.from({ length: 50 }, (_, index) => index),
    );
  });

  test(`${title}: several keys in any order meet without deadlock or overlap`, async (context) => {
    const setup = await setupIn(context, 3);
    const processes = await LockProcess.startMany(context, setup, 4);
    const orders = [
      ['a', 'b', 'c', 'd'],
      ['d', 'c', 'b', 'a'],
      ['b', 'd', 'a', 'b'],
      ['c', 'a'],
    ];
    const asked = processes.map((process, index) =>
      process.ask<Section[]>({
        do: 'sections',
        keys: [orders[index] ?? [], ...orders.slice(0, 3)],
        count: 40,
        holdMs: 0,
      }),
    );
    const sections = (await Promise.all(asked)).flat();
    assert.equal(sections.length, 160);
    assert.equal(overlapsAmong(sections), 0);
  });

  test(`${title}: takes all keys or none, and names the slot of each`, async (context) => {
    const setup = await setupIn(context, 4096);
    const [locks, others] = [await open(context, setup), await open(context, setup)];
    const held = await others.acquire(['b'], { timeoutMs: 0 });
    await assert.rejects(locks.acquire(['a', 'b', 'c'], { timeoutMs: 5 }), { code: 'LOCK_TIMEOUT' });
    const rest = await others.acquire(['a', 'c', 'a'], { timeoutMs: 0 });
    assert.deepEqual(rest.guards[0], rest.guards[2]);
    assert.equal(new Set([...rest.guards, ...held.guards]).size, 3);
    await Promise.all([rest.release(), held.release()]);
    const none = await locks.acquire([], { timeoutMs: 0 });
    await none.release();
  });

  test(`${title}: any string is a key`, async (context) => {
    const setup = await setupIn(context, 4096);
    const locks = await open(context, setup);
    const keys = ['__proto__', '', 'x'.repeat(65_536), '\u{1F512} schlüssel', '../../etc/passwd', 'a\0b', '\ud800'];
    const handle = await locks.acquire(keys, { timeoutMs: 0 });
    assert.equal(handle.guards.length, keys.length);
    await handle.release();
    for (const name of await readdir(setup.directory)) assert.match(name, /^(slot-\d+\.(lock|queue)|locks)$/);
  });

  test(`${title}: closing rejects who waits, gives up what is held, and may be done twice`, async (context) => {
    const setup = await setupIn(context);
    const threads = await threadCount();
    const [locks, others] = [await openLocks(setup), await open(context, setup)];
    const kept = await locks.acquire(['kept'], { timeoutMs: 0 });
    const held = await others.acquire(['a'], { timeoutMs: 0 });
    const refused = assert.rejects(locks.acquire(['a'], { timeoutMs: 60_000 }), { code: 'CLOSED' });
    await locks.close();
    await locks.close();
    await refused;
    await kept.release();
    await assert.rejects(locks.acquire(['a'], { timeoutMs: 0 }), { code: 'CLOSED' });
    await (await others.acquire(['kept'], { timeoutMs: 0 })).release();
    await held.release();
    await others.close();
    for (let turn = 0; turn < 1000 && (await threadCount()) > threads; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.ok((await threadCount()) <= threads);
    assert.doesNotMatch(await readFile('/proc/self/maps', 'utf8'), new RegExp(setup.directory));
  });

  test(`${title}: a process can exit while its thread waits in the kernel`, async (context) => {
    const setup = await setupIn(context);
    const locks = await open(context, setup);
    const held = await locks.acquire(['a'], { timeoutMs: 0 });
    const process = await LockProcess.start(context, setup);
    await process.ask({ do: 'startWaiting', key: 'a' });
    await queued(kind, process);
    process.ask({ do: 'exit' }).catch(() => {});
    assert.equal(await process.ended(), 0);
    await held.release();
  });

  test(`${title}: a process can exit at any moment while its thread starts`, async (context) => {
    const setup = await setupIn(context);
    for (let afterMs = 0; afterMs <= 48; afterMs += 6) {
      assert.deepEqual(await LockProcess.exitingAfter(setup, afterMs), [0, null], `after ${afterMs} ms`);
    }
  });

  test(`${title}: a session that was used and never closed does not keep its process alive`, async (context) => {
    const setup = await setupIn(context);
    const locks = await open(context, setup);
    await locks.acquire(['a'], { timeoutMs: 0 });
    const process = await LockProcess.start(context, setup);
    await assert.rejects(process.ask({ do: 'acquire', name: 'a', keys: ['a'], timeoutMs: 20 }));
    await process.ask({ do: 'acquire', name: 'b', keys: ['b'], timeoutMs: 0 });
    process.ask({ do: 'endByItself' }).catch(() => {});
    assert.equal(await process.ended(), 0);
  });
}
