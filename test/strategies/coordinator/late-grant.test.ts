import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Stage } from '../harness.js';

test('a grant that comes after the waiter has given up is given back, and a queue item goes to the next', async () => {
  const stage = await Stage.open('lock-pool:size=1');
  const [waiter, other] = await stage.clientsOf(2);
  if (waiter === undefined || other === undefined) throw new Error('two clients were asked for');
  try {
    // Both have their connections before the coordinator stops.
    for (const client of [waiter, other]) await (await client.acquire(['key'])).release();
    await other.state('put', 'work', 'item');
    stage.coordinators.manager?.kill('SIGSTOP');
    await assert.rejects(waiter.acquire(['key'], 20_000, 50), /aborted/);
    stage.coordinators.manager?.kill('SIGCONT');
    await (await other.acquire(['key'])).release();

    stage.coordinators.manager?.kill('SIGSTOP');
    const taking = assert.rejects(waiter.state('take', 'work', 20_000), /closed/);
    await waiter.close();
    await taking;
    stage.coordinators.manager?.kill('SIGCONT');
    assert.equal(await other.state('take', 'work', 20_000), 'item');
  } finally {
    await stage.close();
  }
});
