import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Client, RemoteError, Stage } from './harness.js';
import type { Section } from './scenarios.js';

/** What is known of a strategy beforehand, so that the suite can hold it to that. */
export interface Traits {
  /** Options included, as on the command line. */
  spec: string;
  /** Whether it shares state at all. */
  state: boolean;
  exclusion: boolean;
  /** What becomes of a dead client's locks: given to the next at once, after a lease longer than the test waits, or never. */
  orphans: 'at once' | 'later';
  coordinators: boolean;
  /** Whether the locks are lost with the coordinators, as they are unless something else keeps them. */
  locksOnCoordinator: boolean;
}

const hasCode = (code: string) => (error: unknown) => error instanceof RemoteError && error.code === code;

/** Long enough for a loaded machine; nothing waits for it when all is well. */
const patienceMs = 20_000;
/** How long to wait for what should not happen. */
const shortMs = 80;

/** The suite every strategy passes, from outside: coordinators and clients are real processes. */
export function contract(traits: Traits): void {
  describe(`contract of ${traits.spec}`, { concurrency: 1 }, () => {
    let stage: Stage;
    let clients: Client[];
    const client = (index: number): Client => clients[index] ?? assert.fail('no such client');

    before(async () => {
      stage = await Stage.open(traits.spec);
      clients = await stage.clientsOf(3);
    });
    after(() => stage.close());

    if (traits.state) stateContract(client);
    if (traits.exclusion) lockContract(client);
    else looseContract(client);
    closingContract(client);
    if (traits.exclusion) orphanContract(traits, () => stage);
    if (traits.coordinators) lossContract(traits, () => stage);
    test('leaves nothing behind', async () => {
      assert.deepEqual(await stage.close(), []);
    });
  });
}

type Pick = (index: number) => Client;

function lockContract(client: Pick): void {
  test('admits one at a time to each key, whatever the processes interleave', async () => {
    const given = { sections: 10, keys: ['a', 'b', 'c', 'd'], width: 3, concurrency: 3 };
    // Where a race on fresh keys is part of the pattern it is shown elsewhere: here the keys are known before they are contended.
    for (const key of given.keys) await (await client(0).acquire([key])).release();
    const runs = [0, 1, 2].map((seed) => client(seed).scenario('contend', { ...given, seed }) as Promise<Section[]>);
    const sections = (await Promise.all(runs)).flat();
    assert.ok(sections.length >= 3 * 3 * 10);
    assert.deepEqual(overlapsOf(sections), []);
    const counts = new Map((await client(0).state('entries', 'counts')) as [string, number][]);
    for (const key of given.keys) {
      // Where state is kept, nothing counted under the lock is lost.
      if (counts.size > 0) assert.equal(counts.get(key), sections.filter((section) => section.key === key).length);
    }
  });

  test('takes several keys in any order, duplicates once, without deadlock', async () => {
    const orders = [
      ['x', 'y', 'z', 'x'],
      ['z', 'y', 'x'],
      ['y', 'x', 'y'],
    ];
    await Promise.all(
      orders.map(async (keys, index) => {
        for (let round = 0; round < 10; round++) await (await client(index).acquire(keys, patienceMs)).release();
      }),
    );
  });

  test('times out with nothing held, and gives a late grant back', async () => {
    const held = await client(0).acquire(['late']);
    await assert.rejects(client(1).acquire(['free', 'late'], shortMs), hasCode('LOCK_TIMEOUT'));
    await (await client(2).acquire(['free'])).release();
    await held.release();
    await (await client(2).acquire(['late'])).release();
  });

  test('gives up when aborted, with nothing held', async () => {
    const held = await client(0).acquire(['abort']);
    await assert.rejects(client(1).acquire(['abort'], patienceMs, shortMs), hasCode('ABORTED'));
    await held.release();
    await (await client(1).acquire(['abort'])).release();
  });

  test('releases once, however often it is asked', async () => {
    const first = await client(0).acquire(['twice']);
    await first.release();
    const second = await client(1).acquire(['twice']);
    await first.release();
    await assert.rejects(client(2).acquire(['twice'], shortMs), hasCode('LOCK_TIMEOUT'));
    await second.release();
  });

  test('gives a greater fencing token to each holder, if any', async () => {
    let last = 0;
    for (const index of [0, 1, 2, 0]) {
      const handle = await client(index).acquire(['fenced']);
      if (handle.fencingToken !== undefined) assert.ok(handle.fencingToken > last);
      last = handle.fencingToken ?? last;
      await handle.release();
    }
  });

  test('takes any text as a key', async () => {
    for (const key of oddKeys) await (await client(0).acquire([key])).release();
    const all = await client(0).acquire(oddKeys);
    await assert.rejects(client(1).acquire(['__proto__'], shortMs), hasCode('LOCK_TIMEOUT'));
    await all.release();
  });
}

const oddKeys = ['__proto__', '', 'x'.repeat(65_536), 'ключ 鍵 🔑', 'a/../b', 'a\0b', 'constructor'];

/** What even a strategy that guards nothing must do. */
function looseContract(client: Pick): void {
  test('grants and takes back any keys without ever waiting', async () => {
    const handles = await Promise.all([client(0).acquire(['a', 'b', 'a']), client(1).acquire(['b', 'a'])]);
    for (const handle of handles) await handle.release();
    for (const handle of handles) await handle.release();
  });
}

function stateContract(client: Pick): void {
  test('shows one process what another stored', async () => {
    const value = { text: 'ü', list: [1, -2.5, null, true], deep: { bytes: new Uint8Array([1, 2, 255]) } };
    await client(0).state('set', 'things', 'k', value);
    const read = (await client(1).state('get', 'things', 'k')) as typeof value;
    assert.deepEqual({ ...read, deep: { bytes: [...read.deep.bytes] } }, { ...value, deep: { bytes: [1, 2, 255] } });
    assert.equal(await client(1).state('get', 'things', 'missing'), undefined);
  });

  test('keeps entries under any text as their key', async () => {
    for (const key of oddKeys) await client(0).state('set', 'odd', key, key.length);
    for (const key of oddKeys) assert.equal(await client(1).state('get', 'odd', key), key.length);
    assert.deepEqual(((await client(1).state('keys', 'odd')) as string[]).sort(), oddKeys.toSorted());
  });

  test('patches fields, adds amounts and tells the sums', async () => {
    await client(0).state('set', 'patched', 'k', { kept: 'k', n: 1 });
    assert.deepEqual(await client(1).state('patch', 'patched', 'k', { set: { s: 'new' }, add: { n: 2, m: 5 } }), {
      n: 3,
      m: 5,
    });
    assert.deepEqual(await client(0).state('get', 'patched', 'k'), { kept: 'k', n: 3, s: 'new', m: 5 });
    const patches = [
      ['k', { add: { n: 1 } }],
      ['fresh', { add: { n: 1 }, set: { s: 1 } }],
    ];
    assert.deepEqual(await client(0).state('patchMany', 'patched', patches), [{ n: 4 }, { n: 1 }]);
    assert.deepEqual(await client(1).state('get', 'patched', 'fresh'), { s: 1, n: 1 });
  });

  test('deletes, replaces all, and clears', async () => {
    await client(0).state('setMany', 'bulk', [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
    await client(1).state('delete', 'bulk', 'a');
    await client(1).state('delete', 'bulk', 'never there');
    assert.deepEqual(sortedEntries(await client(2).state('entries', 'bulk')), [
      ['b', 2],
      ['c', 3],
    ]);
    await client(2).state('replaceAll', 'bulk', [
      ['c', 4],
      ['d', 5],
    ]);
    assert.deepEqual(sortedEntries(await client(0).state('entries', 'bulk')), [
      ['c', 4],
      ['d', 5],
    ]);
    await client(1).state('clear', 'bulk');
    assert.deepEqual(await client(0).state('keys', 'bulk'), []);
  });

  test('carries a value of half a megabyte', async () => {
    const rows = Array.from({ length: 10_000 }, (_, index) => ({
      index,
      text: `row number ${index} of a large table`,
    }));
    await client(0).state('set', 'large', 'table', rows);
    assert.deepEqual(await client(1).state('get', 'large', 'table'), rows);
  });

  test('queues in order, losing and doubling nothing, among several takers', async () => {
    const batches = [0, 1].map((maker) => Array.from({ length: 60 }, (_, index) => maker * 1000 + index));
    const [, , ...taken] = (await Promise.all([
      ...batches.map((values, maker) => client(maker).scenario('putMany', { queue: 'work', values })),
      ...[1, 2].map((taker) => client(taker).scenario('takeAll', { queue: 'work', patienceMs: 300 })),
    ])) as number[][];
    assert.deepEqual(
      taken.flat().sort((a, b) => a - b),
      batches.flat(),
    );
    // One maker's items reach each taker in the order in which they were put.
    for (const items of taken)
      for (const maker of [0, 1000]) {
        const own = items.filter((item) => item >= maker && item < maker + 1000);
        assert.deepEqual(
          own,
          own.toSorted((a, b) => a - b),
        );
      }
  });

  test('takes nothing from an empty queue, and does not hold other calls up while it waits', async () => {
    assert.equal(await client(0).state('take', 'empty', 0), undefined);
    const waiting = client(0).state('take', 'empty', patienceMs);
    await client(0).state('put', 'empty', 'at last');
    assert.equal(await waiting, 'at last');
  });
}

function closingContract(client: Pick): void {
  test('gives its locks back when closed, and may be closed twice', async () => {
    await client(2).acquire(['closing']);
    await client(2).close();
    await client(2).close();
    await (await client(0).acquire(['closing'], patienceMs)).release();
  });
}

function orphanContract(traits: Traits, stage: () => Stage): void {
  test(`passes the lock of a killed holder on ${traits.orphans === 'at once' ? 'at once' : 'not at once'}`, async () => {
    const [waiter] = stage().clients;
    const victim = await stage().client();
    await victim.acquire(['orphan']);
    await victim.kill();
    const attempt = waiter?.acquire(['orphan'], traits.orphans === 'at once' ? patienceMs : 4 * shortMs);
    if (traits.orphans === 'at once') await (await attempt)?.release();
    else await assert.rejects(attempt ?? Promise.resolve(), hasCode('LOCK_TIMEOUT'));
  });
}

function lossContract(traits: Traits, stage: () => Stage): void {
  test('says that a coordinator is lost, to those that wait and those that ask', async () => {
    const [holder, waiter] = stage().clients;
    if (holder === undefined || waiter === undefined) throw new Error('the suite starts its clients first');
    const isLost = hasCode('COORDINATOR_LOST');
    const refused = [assert.rejects(waiter.state('take', 'never filled', patienceMs), isLost)];
    if (traits.locksOnCoordinator) {
      await holder.acquire(['lost']);
      refused.push(assert.rejects(waiter.acquire(['lost'], patienceMs), isLost));
    }
    // By the time that a later call has been answered, the others are waiting.
    await waiter.state('get', 'things', 'k');
    await stage().killCoordinators();
    await Promise.all(refused);
    await assert.rejects(holder.state('put', 'work', 1), isLost);
    if (traits.locksOnCoordinator) await assert.rejects(holder.acquire(['another']), isLost);
    for (const client of [holder, waiter]) await client.close();
  });
}

/** Pairs of sections on one key whose times overlap. */
function overlapsOf(sections: readonly Section[]): [Section, Section][] {
  const sorted = sections.toSorted((a, b) => (a.enteredNs < b.enteredNs ? -1 : 1));
  const lastOf = new Map<string, Section>();
  const overlaps: [Section, Section][] = [];
  for (const section of sorted) {
    const before = lastOf.get(section.key);
    if (before !== undefined && section.enteredNs < before.leftNs) overlaps.push([before, section]);
    lastOf.set(section.key, section);
  }
  return overlaps;
}

const sortedEntries = (entries: unknown): [string, unknown][] =>
  (entries as [string, unknown][]).toSorted(([a], [b]) => (a < b ? -1 : 1));
