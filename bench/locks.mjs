// One lock and unlock on every strategy: alone, and contended by 2 and by 8 processes on one key with a section of about 1 ms.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { capabilitiesOf, listStrategies, resolveReference } from '../dist/strategies/index.js';
import { ended, openStage, percentile, rounded } from './strategy-stage.mjs';

export const title = 'lock and unlock (µs; contended: ms from asking to having, and sections per process)';

const self = fileURLToPath(import.meta.url);
const contendedMs = 1500;
const uncontendedPairs = 1500;

/** In a client process: alone, as fast as it can on one key. */
async function alone(session) {
  const samples = [];
  for (let i = 0; i < uncontendedPairs + 200; i++) {
    const startNs = process.hrtime.bigint();
    const handle = await session.locks.acquire(['alone'], { timeoutMs: 10_000 });
    await handle.release();
    if (i >= 200) samples.push(Number(process.hrtime.bigint() - startNs) / 1e3);
  }
  return samples;
}

/** In a client process: asks again and again until the time is over; gives how long each asking took. */
async function contended(session, untilNs) {
  const samples = [];
  while (process.hrtime.bigint() < untilNs) {
    const startNs = process.hrtime.bigint();
    const handle = await session.locks.acquire(['contended'], { timeoutMs: 60_000 });
    samples.push(Number(process.hrtime.bigint() - startNs) / 1e6);
    await sleep(1);
    await handle.release();
  }
  return samples;
}

async function serveAsClient() {
  let session;
  process.on('message', async ({ job, reference, context, untilNs }) => {
    if (job === 'connect') {
      const { strategy, options } = await resolveReference(reference);
      session = await strategy.connect({ ...context, options });
      process.send([]);
    } else {
      process.send(await (job === 'alone' ? alone(session) : contended(session, BigInt(untilNs))));
    }
  });
  process.once('disconnect', () => session.close().finally(() => process.exit()));
}

async function ask(child, message) {
  child.send(message);
  return (await once(child, 'message'))[0];
}

async function measure(spec) {
  const stage = await openStage(spec);
  const clients = Array.from({ length: 8 }, () => fork(self, ['client']));
  try {
    const { reference, context } = stage;
    await Promise.all(
      clients.map((child, index) =>
        ask(child, { job: 'connect', reference, context: { ...context, process: `bench-${index}` } }),
      ),
    );
    const single = await ask(clients[0], { job: 'alone' });
    const row = {
      strategy: spec,
      'p50 µs': rounded(percentile(single, 0.5)),
      'p99 µs': rounded(percentile(single, 0.99)),
    };
    for (const count of [2, 8]) {
      const untilNs = String(process.hrtime.bigint() + BigInt(contendedMs * 1e6));
      const all = await Promise.all(clients.slice(0, count).map((child) => ask(child, { job: 'contended', untilNs })));
      const counts = all.map(({ length }) => length);
      row[`${count}: p50 ms`] = rounded(percentile(all.flat(), 0.5));
      row[`${count}: p99 ms`] = rounded(percentile(all.flat(), 0.99));
      row[`${count}: sections`] = `${Math.min(...counts)}–${Math.max(...counts)}`;
    }
    return row;
  } finally {
    await Promise.all(clients.map(ended));
    await stage.close();
  }
}

export async function run() {
  const rows = [];
  const able = (await listStrategies()).filter((one) => capabilitiesOf(one).includes('locks'));
  for (const { name } of able) {
    try {
      rows.push(await measure(name));
    } catch (error) {
      rows.push({ strategy: name, 'p50 µs': error instanceof Error ? error.message : String(error) });
    }
  }
  return rows;
}

if (process.argv[2] === 'client') await serveAsClient();
else if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.table(await run());
