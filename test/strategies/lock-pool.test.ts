import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { slotOf } from '#src/strategies/locks/pool-locks.js';
import { type Client, Stage } from './harness.js';

let stage: Stage;
let clients: Client[];
const client = (index: number): Client => clients[index] ?? assert.fail('no such client');

before(async () => {
  stage = await Stage.open('lock-pool:size=1');
  clients = await stage.clientsOf(2);
});
after(async () => {
  assert.deepEqual(await stage.close(), []);
});

test('a pool of one lock serves operations with two keys, from several processes', async () => {
  const given = { sections: 20, keys: ['a', 'b', 'c'], width: 3, concurrency: 4 };
  await Promise.all([0, 1].map((seed) => client(seed).scenario('contend', { ...given, seed })));
  const handle = await client(0).acquire(['a', 'b']);
  assert.deepEqual(new Set(handle.guards).size, 1);
  await assert.rejects(client(1).acquire(['c'], 50), /pool slot 0/);
  await handle.release();
});

test('a key falls on the same slot in every process, and keys spread over all slots', () => {
  assert.equal(slotOf('acc7/BTC', 256), slotOf('acc7/BTC', 256));
  const slots = Array.from({ length: 5000 }, (_, index) => slotOf(`key-${index}`, 256));
  assert.ok(slots.every((slot) => Number.isInteger(slot) && slot >= 0 && slot < 256));
  assert.equal(new Set(slots).size, 256);
  assert.equal(slotOf('any', 1), 0);
});
