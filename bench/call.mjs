// What a coordinator call costs against a bare ping-pong between two Node processes, interleaved in one run: only the ratios carry.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { loadStrategy } from '../dist/strategies/index.js';

export const title = 'one coordinator call and one lock/unlock pair against a bare ping-pong (µs)';

const self = fileURLToPath(import.meta.url);
const payload = Buffer.alloc(24, 'p');
const secret = 'bench';

/** Medians of `rounds` × `perRound` timed repetitions of each task, the tasks taking turns. */
async function interleaved(tasks, rounds, perRound) {
  const samples = Object.fromEntries(Object.keys(tasks).map((name) => [name, []]));
  for (const task of Object.values(tasks)) for (let i = 0; i < perRound; i++) await task();
  for (let round = 0; round < rounds; round++) {
    for (const [name, task] of Object.entries(tasks)) {
      for (let i = 0; i < perRound; i++) {
        const startNs = process.hrtime.bigint();
        await task();
        samples[name].push(Number(process.hrtime.bigint() - startNs) / 1000);
      }
    }
  }
  const at = (sorted, share) => sorted[Math.floor(sorted.length * share)];
  return Object.fromEntries(
    Object.entries(samples).map(([name, values]) => {
      const sorted = values.sort((a, b) => a - b);
      return [name, { p50Us: at(sorted, 0.5), p99Us: at(sorted, 0.99) }];
    }),
  );
}

/** A process that answers each ping with as many bytes, and nothing more. */
async function servePings(path) {
  createServer((socket) => socket.on('data', (chunk) => socket.write(chunk))).listen(path, () =>
    process.send({ address: path }),
  );
}

async function serveProgram({ program, context }) {
  const { default: start } = await import(program);
  process.send({ address: (await start(context)).address });
}

async function started(job) {
  const child = fork(self, ['child']);
  child.send(job);
  const [{ address }] = await once(child, 'message');
  return { child, address };
}

/** The measuring client: one connection in use at a time, as one operation would. */
async function measure() {
  const directory = await mkdtemp(join(tmpdir(), 'ipcb-'));
  const children = [];
  const start = async (job) => {
    const { child, address } = await started(job);
    children.push(child);
    return address;
  };
  const sessionOf = async (spec) => {
    const { strategy, options } = await loadStrategy(spec);
    const addresses = {};
    for (const { name, program, config } of strategy.coordinators(options)) {
      const context = { name: `${name}${children.length}`, config, directory, secret };
      addresses[name] = await start({ program, context });
    }
    return strategy.connect({ options, process: 'bench', addresses, directory, secret, structures: [] });
  };
  try {
    let pong;
    // Reads into one buffer, as the coordinator's client does: the leanest that a Node client can be.
    const onread = { buffer: Buffer.alloc(65_536), callback: () => pong() };
    const ping = connect({ path: await start({ pings: join(directory, 'ping.sock') }), onread });
    await once(ping, 'connect');
    const sessions = {
      pool: await sessionOf('lock-pool'),
      kept: await sessionOf('single-manager:proxy=kept'),
      fresh: await sessionOf('single-manager'),
    };
    await sessions.pool.state.set('bench', 'key', 17);
    const pair = (session) => async () => (await session.locks.acquire(['key'], { timeoutMs: 1000 })).release();
    const figures = await interleaved(
      {
        'bare ping-pong': () =>
          new Promise((resolve) => {
            pong = () => {
              resolve();
              return true;
            };
            ping.write(payload);
          }),
        'coordinator call (get)': () => sessions.pool.state.get('bench', 'key'),
        'lock/unlock, lock-pool': pair(sessions.pool),
        'lock/unlock, kept proxy': pair(sessions.kept),
        'lock/unlock, fresh proxy': pair(sessions.fresh),
      },
      20,
      200,
    );
    ping.destroy();
    for (const session of Object.values(sessions)) await session.close();
    return figures;
  } finally {
    for (const child of children) child.disconnect();
    await rm(directory, { recursive: true });
  }
}

/** Measures in a process of its own, which its children share the cores of. */
async function measurePlaced(cores) {
  const child =
    cores === undefined
      ? fork(self, ['measure'])
      : spawn('taskset', ['-c', cores, process.execPath, self, 'measure'], {
          stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        });
  const [figures] = await once(child, 'message');
  child.disconnect();
  return figures;
}

/** @returns rows to print: name, placement, p50, p99 and the ratio to the bare ping-pong of the same placement */
export async function run() {
  const rows = [];
  for (const [placement, cores] of [
    ['free', undefined],
    ['one core', '0'],
  ]) {
    const figures = await measurePlaced(cores);
    const bare = figures['bare ping-pong'].p50Us;
    for (const [name, { p50Us, p99Us }] of Object.entries(figures)) {
      rows.push({ name, placement, p50Us: round(p50Us), p99Us: round(p99Us), 'p50 ÷ bare': round(p50Us / bare) });
    }
  }
  return rows;
}

const round = (value) => Math.round(value * 100) / 100;

if (process.argv[2] === 'child') {
  process.once('message', (job) => (job.pings === undefined ? serveProgram(job) : servePings(job.pings)));
  process.once('disconnect', () => process.exit());
} else if (process.argv[2] === 'measure') {
  process.send(await measure());
} else if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.table(await run());
}
