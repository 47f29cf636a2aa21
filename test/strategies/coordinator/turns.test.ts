import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from '#src/strategies/coordinator/turns.js';

test('no more than the limit have a turn, and the others get theirs in the order in which they came', async () => {
  const turns = new Turns(2);
  const served: number[] = [];
  assert.deepEqual([turns.take(), turns.take(), turns.take()], [true, true, false]);
  const waiting = [1, 2, 3].map((who) => turns.wait(Number.POSITIVE_INFINITY).then(() => served.push(who)));
  turns.leave();
  await waiting[0];
  assert.deepEqual(served, [1]);
  turns.leave();
  turns.leave();
  await Promise.all(waiting);
  assert.deepEqual(served, [1, 2, 3]);
  assert.equal(turns.take(), false, 'a turn that was handed on is not free');
  turns.leave();
  assert.equal(turns.take(), true);
});

test('who has waited too long is refused, and takes no turn from the others', async () => {
  const turns = new Turns(1);
  await turns.wait(0);
  const late = turns.wait(10);
  const patient = turns.wait(20);
  turns.expire(15, new Error('too long'));
  await assert.rejects(late, /too long/);
  turns.leave();
  await patient;
});
