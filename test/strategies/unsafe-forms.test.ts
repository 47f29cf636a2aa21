import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Stage } from './harness.js';

/** How many of `keys` a second process gets while a first one holds all of them. */
async function sharedKeys(spec: string, keys: string[]): Promise<number> {
  const stage = await Stage.open(spec);
  try {
    const [holder, other] = await stage.clientsOf(2);
    await holder?.acquire(keys);
    const attempts = keys.map((key) =>
      other?.acquire([key], 200).then(
        () => true,
        () => false,
      ),
    );
    return (await Promise.all(attempts)).filter((granted) => granted === true).length;
  } finally {
    await stage.close();
  }
}

const keys = Array.from({ length: 12 }, (_, index) => `account${index}/BTC`);

test('local-lock-cache as usually written lets every process in', async () => {
  assert.equal(await sharedKeys('local-lock-cache:mode=as-written', keys), keys.length);
});

test('local-lock-cache in its atomic form lets one in', async () => {
  assert.equal(await sharedKeys('local-lock-cache', keys), 0);
});

test('sharded-dicts with a hash of each process lets others in wherever shards differ', async () => {
  // That the two hashes agree on all twelve keys has a chance of 16 ** -12.
  assert.notEqual(await sharedKeys('sharded-dicts:hash=per-process,proxy=kept', keys), 0);
});

test('sharded-dicts with a stable hash lets one in', async () => {
  assert.equal(await sharedKeys('sharded-dicts:proxy=kept', keys), 0);
});

test('unlocked and none let every process in', async () => {
  assert.equal(await sharedKeys('unlocked', keys), keys.length);
  assert.equal(await sharedKeys('none', keys), keys.length);
});
