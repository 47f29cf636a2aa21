import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RedisLink } from '#src/strategies/locks/redis-link.js';
import { redisTarget } from '#src/strategies/locks/redis-target.js';
import { type LockHandle, noMeter, type Session } from '#src/strategies/strategy.js';
import { Stage } from './harness.js';
import { needsRedis } from './redis-program.js';
import { redisKeys } from './redis-user.js';
import type { Section } from './scenarios.js';

const needs = await needsRedis();

/** Sections on one key that overlap in time, whichever process they were in. */
function overlaps(sections: readonly Section[]): Section[] {
  const byKey = new Map<string, Section[]>();
  for (const section of sections) byKey.set(section.key, [...(byKey.get(section.key) ?? []), section]);
  return [...byKey.values()].flatMap((list) => {
    const sorted = list.sort((a, b) => (a.enteredNs < b.enteredNs ? -1 : 1));
    return sorted.filter((section, at) => section.enteredNs < (sorted[at - 1]?.leftNs ?? 0n));
  });
}

for (const spec of [
  'redis:wait=notify,limit=60s',
  'redis:wait=notify,limit=60s,state=redis',
  'redis:wait=poll,interval=3ms,limit=60s,state=redis',
  'redis:wait=poll,interval=3ms,limit=60s,extend=true,expiry=3s',
]) {
  describe(spec, needs, () => {
    let stage: Stage;
    before(async () => {
      stage = await Stage.open(spec);
    });
    after(async () => {
      assert.deepEqual(await stage.close(), []);
    });

    test('excludes across processes that take up to three of four keys in any order', async () => {
      const clients = await stage.clientsOf(4);
      const given = { sections: 25, keys: ['a', 'b', 'c', 'd'], width: 3, concurrency: 3 };
      const stamps = await Promise.all(clients.map((client, seed) => client.scenario('contend', { ...given, seed })));
      const sections = stamps.flat() as Section[];
      assert.deepEqual(overlaps(sections), []);
      const counts = (await clients[0]?.state('entries', 'counts')) as [string, number][];
      assert.equal(
        counts.reduce((sum, [, count]) => sum + count, 0),
        sections.length,
      );
    });

    test('leaves no key of a lock behind once all are released', async () => {
      const session = await stage.connect();
      await (await session.locks.acquire(['left', 'behind'], { timeoutMs: 1_000 })).release();
      await session.close();
      const keys = await redisKeys(stage.addresses.redis ?? '');
      assert.deepEqual(
        keys.filter((key) => !/^ipcbench:[0-9a-f]{24}:(fence|dict:.*)$/.test(key)),
        [],
      );
    });

    test('locks any key, however long or odd, and no other with it', async () => {
      const session = await stage.connect();
      const keys = [
        '__proto__',
        '',
        'ключ 🔑',
        '\ud800',
        '\udc00',
        'x'.repeat(65_536),
        `${'x'.repeat(65_535)}y`,
        ' ',
        'k',
        'h',
      ];
      const handles: LockHandle[] = [];
      for (const key of keys) handles.push(await session.locks.acquire([key], { timeoutMs: 1_000 }));
      for (const key of keys)
        await assert.rejects(session.locks.acquire([key], { timeoutMs: 0 }), { code: 'LOCK_TIMEOUT' });
      for (const handle of handles) await handle.release();
      await (await session.locks.acquire([...keys, ...keys], { timeoutMs: 1_000 })).release();
      await session.close();
    });
  });
}

describe('a Redis lock', needs, () => {
  let stage: Stage;
  let one: Session;
  let other: Session;
  before(async () => {
    stage = await Stage.open('redis:state=redis');
    [one, other] = await Promise.all([stage.connect('one'), stage.connect('other')]);
  });
  after(async () => {
    await Promise.all([one.close(), other.close()]);
    assert.deepEqual(await stage.close(), []);
  });

  test('costs two calls when it is free, however many keys it is of', async () => {
    const phases: string[] = [];
    let calls = 0;
    let created = 0;
    const meter = {
      ...noMeter,
      enter: (phase: string) => {
        phases.push(phase);
        return 'other' as const;
      },
      call: () => {
        calls += 1;
      },
      lockCreated: () => {
        created += 1;
      },
    };
    await (await one.locks.acquire(['p', 'q', 'r'], { timeoutMs: 1_000 }, meter)).release(meter);
    assert.deepEqual(
      { phases, calls, created },
      { phases: ['acquire', 'other', 'release', 'other'], calls: 2, created: 3 },
    );
  });

  test('is released once, and again without harm to the next holder', async () => {
    const handle = await one.locks.acquire(['twice'], { timeoutMs: 1_000 });
    await handle.release();
    const next = await other.locks.acquire(['twice'], { timeoutMs: 1_000 });
    await handle.release();
    await assert.rejects(one.locks.acquire(['twice'], { timeoutMs: 0 }), { code: 'LOCK_TIMEOUT' });
    assert.ok((next.fencingToken ?? 0) > (handle.fencingToken ?? 0));
    await next.release();
  });

  test('is not held after the wait for it timed out, nor is any other of the same request', async () => {
    const holder = await other.locks.acquire(['n'], { timeoutMs: 1_000 });
    await assert.rejects(one.locks.acquire(['m', 'n', 'o'], { timeoutMs: 30 }), {
      code: 'LOCK_TIMEOUT',
      message: /within 30 ms/,
    });
    await (await other.locks.acquire(['m', 'o'], { timeoutMs: 0 })).release();
    await holder.release();
    await (await other.locks.acquire(['m', 'n', 'o'], { timeoutMs: 0 })).release();
  });

  test('goes to the next waiter when its grant came too late for the first', async () => {
    // Released in the same turn as the time runs out, so that either may come first.
    for (let round = 0; round < 40; round += 1) {
      const holder = await one.locks.acquire(['late'], { timeoutMs: 1_000 });
      const control = new AbortController();
      const first = one.locks.acquire(['late'], { timeoutMs: 1_000, signal: control.signal });
      const second = other.locks.acquire(['late'], { timeoutMs: 10_000 });
      await sleep(round % 4);
      const released = holder.release();
      if (round % 2 === 0) await Promise.resolve();
      control.abort();
      const outcome = await first.then(
        (handle) => handle.release(),
        (error: { code: string }) => assert.equal(error.code, 'ABORTED'),
      );
      await released;
      await (await second).release();
      assert.equal(outcome, undefined);
    }
  });

  test('is not asked for when the signal was aborted before', async () => {
    await assert.rejects(one.locks.acquire(['never'], { timeoutMs: 1_000, signal: AbortSignal.abort() }), {
      code: 'ABORTED',
    });
    await (await other.locks.acquire(['never'], { timeoutMs: 0 })).release();
  });

  test('is handed over in the order of asking', async () => {
    const holder = await one.locks.acquire(['queue'], { timeoutMs: 1_000 });
    const served: number[] = [];
    const waiting: Promise<void>[] = [];
    for (let turn = 0; turn < 10; turn += 1) {
      const session = turn % 2 === 0 ? one : other;
      const serve = async (handle: LockHandle): Promise<void> => {
        served.push(turn);
        await handle.release();
      };
      waiting.push(session.locks.acquire(['queue'], { timeoutMs: 5_000 }).then(serve));
      // Another call of the same session is answered after the one before: the waiter stands in the queue.
      await session.state.keys('nothing');
    }
    await holder.release();
    await Promise.all(waiting);
    assert.deepEqual(served, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('passes over a waiter whose process has died', async () => {
    const holder = await one.locks.acquire(['heir'], { timeoutMs: 1_000 });
    const doomed = await stage.client();
    const lost = assert.rejects(doomed.acquire(['heir']));
    await doomed.state('keys', 'nothing');
    const next = other.locks.acquire(['heir'], { timeoutMs: 5_000 });
    await doomed.kill();
    await lost;
    await holder.release();
    // Long before the 30 s for which the dead waiter would have held it.
    await (await next).release();
  });

  test('waits no longer than the limit of the strategy', async () => {
    const brief = await Stage.open('redis:limit=40ms,state=redis');
    const session = await brief.connect();
    const holder = await session.locks.acquire(['x'], { timeoutMs: 1_000 });
    await assert.rejects(session.locks.acquire(['x'], { timeoutMs: 60_000 }), {
      code: 'LOCK_TIMEOUT',
      message: /within 40 ms/,
    });
    await holder.release();
    await session.close();
    assert.deepEqual(await brief.close(), []);
  });

  test('needs nothing that the server may forget: scripts are sent again', async () => {
    const link = await RedisLink.open(redisTarget(stage.addresses.redis ?? ''));
    await link.command('SCRIPT', ['FLUSH']);
    link.close();
    const handle = await one.locks.acquire(['forgotten'], { timeoutMs: 1_000 });
    await handle.release();
    await (await other.locks.acquire(['forgotten'], { timeoutMs: 0 })).release();
  });

  test('is freed by closing the session, whose waiters are told', async () => {
    const session = await stage.connect('closing');
    const elsewhere = await one.locks.acquire(['w'], { timeoutMs: 1_000 });
    await session.locks.acquire(['v'], { timeoutMs: 1_000 });
    const waiting = assert.rejects(session.locks.acquire(['w'], { timeoutMs: 5_000 }), { code: 'CLOSED' });
    await session.close();
    await session.close();
    await waiting;
    await assert.rejects(session.locks.acquire(['v'], { timeoutMs: 1_000 }), { code: 'CLOSED' });
    await (await one.locks.acquire(['v'], { timeoutMs: 0 })).release();
    await elsewhere.release();
    await (await one.locks.acquire(['w'], { timeoutMs: 0 })).release();
  });

  test('leaves nothing in Redis after 10,000 distinct keys', async () => {
    const [client] = await stage.clientsOf(1);
    await client?.scenario('touch', { prefix: 'key-', count: 10_000, concurrency: 16 });
    assert.match((await redisKeys(stage.addresses.redis ?? '')).join(), /^ipcbench:[0-9a-f]{24}:fence$/);
  });
});

for (const wait of ['wait=notify', 'wait=poll,interval=5ms']) {
  describe(`a Redis lease with ${wait}`, needs, () => {
    let stage: Stage;
    before(async () => {
      stage = await Stage.open(`redis:${wait},expiry=800ms,state=redis`);
    });
    after(async () => {
      assert.deepEqual(await stage.close(), []);
    });

    test('of a holder that died ends at its expiry, and the waiter gets the lock', async () => {
      const [holder, waiter] = await stage.clientsOf(2);
      const { fencingToken = 0 } = (await holder?.acquire(['dead'])) ?? {};
      const granted = waiter?.acquire(['dead']);
      await holder?.kill();
      const handle = await granted;
      assert.ok((handle?.fencingToken ?? 0) > fencingToken);
      await handle?.release();
      await (await waiter?.acquire(['dead'], 0))?.release();
    });

    test('that a paused holder outlived is lost: its release says so, and the next holder has a greater token', async () => {
      const [holder, waiter] = await stage.clientsOf(2);
      const first = await holder?.acquire(['paused']);
      holder?.child.kill('SIGSTOP');
      const second = await waiter?.acquire(['paused']);
      holder?.child.kill('SIGCONT');
      assert.ok((second?.fencingToken ?? 0) > (first?.fencingToken ?? 0));
      await assert.rejects(first?.release() ?? Promise.resolve(), { code: 'LOCK_LOST', message: /lease of 800 ms/ });
      await second?.release();
    });

    test('that ran out before its new holder, paused while it waited, heard of it is not taken for one', async () => {
      const [holder, paused, third] = await stage.clientsOf(3);
      const first = await holder?.acquire(['asleep']);
      const late = paused?.acquire(['asleep']);
      await paused?.state('keys', 'nothing');
      paused?.child.kill('SIGSTOP');
      await first?.release();
      const second = await third?.acquire(['asleep']);
      paused?.child.kill('SIGCONT');
      await second?.release();
      const last = await late;
      assert.ok((last?.fencingToken ?? 0) > (second?.fencingToken ?? 0));
      await last?.release();
      await (await third?.acquire(['asleep'], 0))?.release();
    });

    test('that ran out is lost even when nobody wanted the lock meanwhile', async () => {
      const session = await stage.connect();
      const handle = await session.locks.acquire(['unwanted'], { timeoutMs: 1_000 });
      while ((await redisKeys(stage.addresses.redis ?? '')).some((key) => key.endsWith('unwanted'))) await sleep(20);
      await assert.rejects(handle.release(), { code: 'LOCK_LOST' });
      await handle.release();
      await session.close();
    });

    test('of the first of several keys lasts while the others are waited for', async () => {
      const session = await stage.connect();
      const blocker = await session.locks.acquire(['z'], { timeoutMs: 1_000 });
      // The blocker's lease ends before; what was taken first must then still be held.
      const handle = await session.locks.acquire(['a', 'z'], { timeoutMs: 5_000 });
      await assert.rejects(session.locks.acquire(['a'], { timeoutMs: 0 }), { code: 'LOCK_TIMEOUT' });
      await handle.release();
      await assert.rejects(blocker.release(), { code: 'LOCK_LOST' });
      await session.close();
    });
  });
}

describe('a Redis lease with extend=true', needs, () => {
  test('outlasts its expiry for as long as it is held, and ends with the process that held it', async () => {
    const stage = await Stage.open('redis:extend=true,expiry=1s,state=redis');
    const [holder, waiter] = await stage.clientsOf(2);
    const first = await holder?.acquire(['long']);
    await assert.rejects(waiter?.acquire(['long'], 2_500) ?? Promise.resolve(), { code: 'LOCK_TIMEOUT' });
    await first?.release();
    await holder?.acquire(['long']);
    await holder?.kill();
    await (await waiter?.acquire(['long']))?.release();
    assert.deepEqual(await stage.close(), []);
  });
});
