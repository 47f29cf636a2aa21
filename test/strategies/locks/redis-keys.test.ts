import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prefixOf } from '#src/strategies/locks/redis-keys.js';

const one = { secret: 'one', directory: '/a' };

test('every round and every program has a prefix of its own, which gives nothing away', () => {
  const prefix = prefixOf(one);
  assert.match(prefix, /^ipcbench:[0-9a-f]{24}:$/);
  assert.notEqual(prefixOf({ ...one, secret: 'two' }), prefix);
  assert.notEqual(prefixOf({ ...one, directory: '/b' }), prefix);
});

test('processes of several machines have one prefix, whatever their folders, as long as they share a secret', () => {
  const prefix = prefixOf({ ...one, realm: 'served' });
  assert.equal(prefixOf({ secret: 'one', directory: '/elsewhere', realm: 'served' }), prefix);
  assert.notEqual(prefixOf({ ...one, secret: 'two', realm: 'served' }), prefix);
});
