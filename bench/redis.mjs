// What a Redis lock costs against bare round trips of the same client and against the usual libraries, uncontended and contended,
// all on one private server and interleaved in one run: only the ratios carry.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Redis } from 'ioredis';
import Redlock from 'redlock';
import { loadStrategy } from '../dist/strategies/index.js';

const self = fileURLToPath(import.meta.url);
const sectionMs = 1;
const contentionMs = 2_000;
const leaseMs = 30_000;
const releaseScript = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

const round = (value) => Math.round(value * 1000) / 1000;
const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
const ascending = (values) => values.sort((a, b) => a - b);

/** The ways to lock one key: each resolves to a function that releases. */
async function waysToLock(server) {
  const client = new Redis({ path: server.addresses.redis.slice('unix:'.length), protocol: 2 });
  const sessions = [];
  const strategy = async (spec) => {
    const { strategy, options } = await loadStrategy(spec);
    const session = await strategy.connect({ ...server, options, process: `bench ${process.pid}`, structures: [] });
    sessions.push(session);
    return async (key) => {
      const handle = await session.locks.acquire([key], { timeoutMs: 60_000 });
      return () => handle.release();
    };
  };
  const redlock = new Redlock([client], { retryCount: -1 });
  const ways = {
    notify: await strategy('redis:state=redis,limit=60s'),
    poll: await strategy('redis:state=redis,limit=60s,wait=poll'),
    'poll 1 ms': await strategy('redis:state=redis,limit=60s,wait=poll,interval=1ms'),
    'plain client': async (key) => {
      const token = `${process.pid}:${Math.random()}`;
      while ((await client.set(`plain:${key}`, token, 'PX', leaseMs, 'NX')) !== 'OK') await sleep(100);
      return () => client.eval(releaseScript, 1, `plain:${key}`, token);
    },
    redlock: async (key) => {
      const lock = await redlock.lock(`redlock:${key}`, leaseMs);
      return () => lock.unlock();
    },
  };
  const close = async () => {
    for (const session of sessions) await session.close();
    client.disconnect();
  };
  return { client, ways, close };
}

/** Medians of lock plus unlock, the ways taking turns. */
async function uncontended(server) {
  const { client, ways, close } = await waysToLock(server);
  const pair = (lock) => async () => (await lock('key'))();
  const tasks = {
    'two bare round trips (PING)': async () => {
      await client.ping();
      await client.ping();
    },
    'plain client, SET NX PX + script': pair(ways['plain client']),
    'redlock package': pair(ways.redlock),
    'redis:wait=notify': pair(ways.notify),
    'redis:wait=poll': pair(ways.poll),
  };
  const samplesUs = Object.fromEntries(Object.keys(tasks).map((name) => [name, []]));
  for (let turn = 0; turn < 30; turn += 1) {
    for (const [name, task] of Object.entries(tasks)) {
      for (let i = 0; i < 100; i += 1) {
        const startNs = process.hrtime.bigint();
        await task();
        // The first turns warm up.
        if (turn >= 5) samplesUs[name].push(Number(process.hrtime.bigint() - startNs) / 1_000);
      }
    }
  }
  await close();
  const bareUs = at(ascending(samplesUs['two bare round trips (PING)']), 0.5);
  return Object.entries(samplesUs).map(([name, values]) => {
    const sorted = ascending(values);
    const p50Us = at(sorted, 0.5);
    return {
      name,
      'p50 µs': round(p50Us),
      'p99 µs': round(at(sorted, 0.99)),
      'p50 ÷ two round trips': round(p50Us / bareUs),
    };
  });
}

/** One contending process: enters one key's section again and again, and tells when. */
async function contend({ server, way, untilMs }) {
  const { ways, close } = await waysToLock(server);
  process.send('ready');
  await once(process, 'message');
  const sections = [];
  const endMs = Date.now() + untilMs;
  while (Date.now() < endMs) {
    const askedNs = process.hrtime.bigint();
    const release = await ways[way]('hot');
    const enteredNs = process.hrtime.bigint();
    await sleep(sectionMs);
    const leftNs = process.hrtime.bigint();
    await release();
    sections.push([askedNs, enteredNs, leftNs]);
  }
  process.send(sections);
  await close();
  process.disconnect();
}

/** Waits, hand-overs from one process to another, and how evenly the sections fell. */
async function contended(server, way, processes) {
  const children = Array.from({ length: processes }, () => fork(self, ['contend'], { serialization: 'advanced' }));
  for (const child of children) child.send({ server, way, untilMs: contentionMs });
  await Promise.all(children.map((child) => once(child, 'message')));
  const told = children.map((child) => once(child, 'message'));
  for (const child of children) child.send('go');
  const lists = (await Promise.all(told)).map(([sections]) => sections);
  const all = lists.flatMap((sections, owner) => sections.map((section) => ({ owner, section })));
  all.sort((a, b) => (a.section[1] < b.section[1] ? -1 : 1));
  const handOversMs = all.flatMap(({ owner, section }, index) => {
    const before = all[index - 1];
    return before && before.owner !== owner ? [Number(section[1] - before.section[2]) / 1e6] : [];
  });
  const waitsMs = ascending(all.map(({ section }) => Number(section[1] - section[0]) / 1e6));
  const counts = lists.map((sections) => sections.length);
  return {
    name: way,
    processes,
    sections: all.length,
    'per process': `${Math.min(...counts)}–${Math.max(...counts)}`,
    'wait p50 ms': round(at(waitsMs, 0.5)),
    'wait p99 ms': round(at(waitsMs, 0.99)),
    'hand-over p50 ms': round(at(ascending(handOversMs), 0.5)),
    'hand-over p99 ms': round(at(handOversMs, 0.99)),
  };
}

/** A private server, run by the strategy's own coordinator program. */
async function serve({ program, context }) {
  const { default: start } = await import(program);
  const running = await start(context);
  process.once('disconnect', () => running.close().then(() => process.exit()));
  process.send(running.address);
}

/** @returns rows to print, of two tables: lock plus unlock when nobody else wants it, and one hot key wanted by 2 and 8 processes */
export async function run() {
  const directory = await mkdtemp(join(tmpdir(), 'ipcb-'));
  const child = fork(self, ['serve']);
  try {
    const { strategy, options } = await loadStrategy('redis:state=redis');
    const [plan] = strategy.coordinators({ ...options, url: '' });
    const context = { name: plan.name, config: plan.config, directory, secret: 'bench' };
    child.send({ program: plan.program, context });
    const [redis] = await once(child, 'message');
    const server = { addresses: { redis }, directory, secret: 'bench' };
    const free = await uncontended(server);
    const hot = [];
    for (const processes of [2, 8])
      for (const way of ['notify', 'poll', 'poll 1 ms', 'redlock']) hot.push(await contended(server, way, processes));
    return { uncontended: free, contended: hot };
  } finally {
    const exit = once(child, 'exit');
    child.disconnect();
    await exit;
    await rm(directory, { recursive: true });
  }
}

if (process.argv[2] === 'serve') process.once('message', serve);
else if (process.argv[2] === 'contend') process.once('message', contend);
else if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  for (const table of Object.values(await run())) console.table(table);
