import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockPool, multiManager, openSession, serveStrategy } from '#src/strategies/public.js';

test('a program serves a strategy and uses it, without the replay', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ipcb-'));
  const shared = { directory, secret: 'known to both', options: { size: 4 } };
  const served = await serveStrategy(lockPool, shared);
  const [one, other] = await Promise.all(
    ['one', 'other'].map((process) => openSession(lockPool, { ...shared, process, addresses: served.addresses })),
  );
  const handle = await one?.locks.acquire(['key'], { timeoutMs: 5000 });
  await assert.rejects(
    other?.locks.acquire(['key'], { timeoutMs: 20 }) ?? Promise.resolve(),
    /not granted within 20ms/,
  );
  await one?.state.set('positions', 'key', { size: 3 });
  await handle?.release();
  assert.deepEqual(await other?.state.get('positions', 'key'), { size: 3 });
  await one?.close();
  await other?.close();
  await served.close();
  assert.deepEqual(await readdir(directory), []);
  await rm(directory, { recursive: true });
});

test('coordinators of one strategy can run in different processes', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ipcb-'));
  const served = await serveStrategy(multiManager, { directory, secret: 's', only: ['ledgers'] });
  assert.deepEqual(Object.keys(served.addresses), ['ledgers']);
  await assert.rejects(
    openSession(multiManager, { process: 'p', directory, secret: 's', addresses: served.addresses }),
    /no address of coordinator positions: known are ledgers/,
  );
  await served.close();
  await rm(directory, { recursive: true });
});
