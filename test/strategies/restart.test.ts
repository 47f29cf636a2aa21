import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isIpcbenchError } from '#src/errors.js';
import type { Session, Value } from '#src/strategies/strategy.js';
import { Stage } from './harness.js';

/** Asks again as long as the answer is an error that a restart explains; any other fails. */
async function persistently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const explained = isIpcbenchError(error, 'COORDINATOR_LOST') || isIpcbenchError(error, 'PROTOCOL');
      if (!explained || attempt === 10) throw error;
    }
  }
}

const lockAndWrite = async (session: Session, value: Value): Promise<void> => {
  const handle = await session.locks.acquire(['key'], { timeoutMs: 5000 });
  await session.state.set('things', 'key', value);
  await handle.release();
};

for (const spec of [
  'single-manager:proxy=kept',
  'local-lock-cache',
  'lock-pool',
  'keyed-locks',
  'local-position-cache',
]) {
  test(`${spec}: sessions go on after their coordinator was killed and started again in the same folder`, async (context) => {
    const stage = await Stage.open(spec);
    const sessions = await Promise.all([stage.connect('one'), stage.connect('other')]);
    context.after(async () => {
      for (const session of sessions) await session.close();
      await stage.close();
    });
    for (const session of sessions) await lockAndWrite(session, 'before');
    const held = await sessions[0].locks.acquire(['held'], { timeoutMs: 5000 });
    await stage.restartCoordinators();
    await assert.rejects(
      held.release(),
      (error) => isIpcbenchError(error, 'LOCK_LOST') || isIpcbenchError(error, 'PROTOCOL'),
    );
    for (const session of sessions) await persistently(() => lockAndWrite(session, 'after'));
    assert.equal(await sessions[0].state.get('things', 'key'), 'after');
  });
}

test('two coordinators of one name in one folder: the second says so', async () => {
  const stage = await Stage.open('lock-pool');
  try {
    await assert.rejects(stage.startAgain(), /another is serving at/);
  } finally {
    await stage.close();
  }
});
