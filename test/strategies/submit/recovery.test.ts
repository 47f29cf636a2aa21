import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { allotmentName, challengeId, challengeKey } from '#src/measure/challenge.js';
import { IndexRecovery, type Recovery, ScanRecovery } from '#src/strategies/submit/recovery.js';

const key = challengeKey('a secret');
const allotment = 300;
const tiers = ['basic', 'gold'];
const staying = new AbortController().signal;
const idOf = (account: string, epoch: string, tier: string, seq: number): string =>
  challengeId(key, allotmentName(account, epoch, tier), seq);

test('a challenge id is HMAC-SHA256 over account, epoch, tier and sequence number', () => {
  const plain = createHmac('sha256', 'a secret').update('a1|e7|gold|42').digest('hex');
  assert.equal(idOf('a1', 'e7', 'gold', 42), plain);
});

test('names that hold what keeps the parts apart share no challenge id', () => {
  const names = [
    ['a|b', 'c', 't'],
    ['a', 'b|c', 't'],
    ['a%7Cb', 'c', 't'],
    ['a', 'b', 'c|t'],
    ['', 'a|b', 'c|t'],
  ] as const;
  const ids = names.map(([account, epoch, tier]) => idOf(account, epoch, tier, 1));
  assert.equal(new Set(ids).size, names.length);
});

const kinds: [name: string, make: () => Recovery][] = [
  ['scan', () => new ScanRecovery(key, allotment)],
  ['index', () => new IndexRecovery(key, allotment, 4)],
];

for (const [name, make] of kinds) {
  test(`${name} finds every row of an allotment, and of each tier where the tier is not known`, async () => {
    const recovery = make();
    for (const seq of [0, 1, 127, 128, 255, allotment - 1])
      for (const tier of tiers) {
        const cid = idOf('a1', 'e1', tier, seq);
        assert.equal((await recovery.recover('a1', 'e1', [tier], cid, staying)).seq, seq);
        assert.equal((await recovery.recover('a1', 'e1', tiers, cid, staying)).seq, seq);
      }
  });

  test(`${name} does not know what belongs to another account, epoch, tier, to a row beyond the allotment, or to nobody`, async () => {
    const recovery = make();
    const foreign = [
      idOf('a2', 'e1', 'basic', 5),
      idOf('a1', 'e2', 'basic', 5),
      idOf('a1', 'e1', 'silver', 5),
      idOf('a1', 'e1', 'basic', allotment),
      'f'.repeat(64),
    ];
    for (const cid of foreign) assert.equal((await recovery.recover('a1', 'e1', tiers, cid, staying)).seq, undefined);
    assert.equal((await recovery.recover('a1', 'e1', ['basic'], idOf('a1', 'e1', 'gold', 5), staying)).seq, undefined);
  });
}

test('a scan ends when its client is gone', async () => {
  const gone = new AbortController();
  const scanning = new ScanRecovery(key, 1_000_000_000).recover('a', 'e', tiers, 'f'.repeat(64), gone.signal);
  gone.abort(new Error('gone'));
  await assert.rejects(scanning, /gone/);
});

test('ten that need a map at the same time have it built once', async () => {
  const recovery = new IndexRecovery(key, allotment, 4);
  const all = Array.from({ length: 10 }, (_, seq) =>
    recovery.recover('a1', 'e1', ['basic'], idOf('a1', 'e1', 'basic', seq), staying),
  );
  const found = await Promise.all(all);
  assert.deepEqual(
    found.map(({ seq }) => seq),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  assert.equal(
    found.reduce((sum, { misses }) => sum + misses, 0),
    1,
  );
  assert.equal(
    found.reduce((sum, { hits }) => sum + hits, 0),
    9,
  );
  const { indexEntries, indexCapacity, indexBytes = 0 } = recovery.gauges();
  assert.deepEqual([indexEntries, indexCapacity], [1, 4]);
  assert.ok(indexBytes > allotment * 64);
});

test('accounts in turn, one more than maps: no look-up hits, and after the first turn every map is built anew', async () => {
  const recovery = new IndexRecovery(key, allotment, 2);
  const total = { hits: 0, misses: 0, rebuilds: 0 };
  for (let turn = 0; turn < 3; turn++)
    for (const account of ['a', 'b', 'c']) {
      const { seq, hits, misses, rebuilds } = await recovery.recover(
        account,
        'e',
        ['t'],
        idOf(account, 'e', 't', turn),
        staying,
      );
      assert.equal(seq, turn);
      total.hits += hits;
      total.misses += misses;
      total.rebuilds += rebuilds;
    }
  assert.deepEqual(total, { hits: 0, misses: 9, rebuilds: 6 });
  assert.equal(recovery.gauges().indexEntries, 2);
});

test('a map that is pushed out while it is being built still answers those who wait for it', async () => {
  const recovery = new IndexRecovery(key, allotment, 1);
  const both = ['a', 'b', 'c'].map((account) =>
    recovery.recover(account, 'e', ['t'], idOf(account, 'e', 't', 7), staying),
  );
  assert.deepEqual(
    (await Promise.all(both)).map(({ seq }) => seq),
    [7, 7, 7],
  );
});
