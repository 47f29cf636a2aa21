import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { deserialize } from 'node:v8';
import type { Miner } from '#src/strategies/fan-out/cycle.js';
import type { GatherTask, WireTuple } from '#src/strategies/fan-out/pool-messages.js';
import { PoolTally } from '#src/strategies/fan-out/pool-tally.js';
import { runningProcesses, startedProcesses } from '#src/strategies/fan-out/started-processes.js';
import { type PoolOptions, WorkerPool } from '#src/strategies/fan-out/worker-pool.js';

const miner = (delayMs: number, extra: Partial<Miner> = {}): Miner => ({
  delayMs,
  rows: 2,
  floats: 3,
  fails: false,
  ...extra,
});

const task = (miners: Miner[], extra: Partial<GatherTask> = {}): GatherTask => ({
  timeoutMs: 20_000,
  seed: 1,
  first: 0,
  miners,
  rows: 'arrays',
  result: 'tuple',
  ...extra,
});

const never = new AbortController().signal;

async function openPool(
  context: TestContext,
  options: Partial<PoolOptions> = {},
): Promise<{ pool: WorkerPool; directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'ipcbench-test-'));
  const pool = new WorkerPool({
    processes: 2,
    importMs: 0,
    moduleGraph: '',
    started: startedProcesses(directory),
    ...options,
  });
  context.after(async () => {
    await pool.close();
    await rm(directory, { recursive: true });
  });
  return { pool, directory };
}

const answersOf = (payload: Uint8Array): WireTuple[] => deserialize(payload) as WireTuple[];

/** Until `holds`, within what even a busy machine needs. */
async function until(holds: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 30_000;
  while (!holds()) {
    assert.ok(performance.now() < deadlineMs, 'it never came');
    await sleep(10);
  }
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('a slow miner is cut at the time-out, the others keep their place, and the worker goes on to the next chunk', async (context) => {
  const { pool } = await openPool(context, { processes: 1 });
  const miners = [miner(0), miner(1_000_000_000_000), miner(5)];
  const first = answersOf((await pool.gather(task(miners, { timeoutMs: 300, first: 7 }), never)).payload);
  assert.deepEqual(
    first.map(([response]) => response?.miner),
    [7, undefined, 9],
  );
  assert.equal(first[1]?.[1], 300);
  const [pid] = pool.pids;
  const second = answersOf((await pool.gather(task([miner(0)]), never)).payload);
  assert.equal(second.length, 1);
  assert.deepEqual(pool.pids, [pid]);
});

test('a miner whose delay is the time-out is cut', async (context) => {
  const { pool } = await openPool(context, { processes: 1 });
  const answers = answersOf((await pool.gather(task([miner(50), miner(49)], { timeoutMs: 50 }), never)).payload);
  assert.deepEqual(
    answers.map(([response]) => response !== undefined),
    [false, true],
  );
});

test('chunks beyond the number of workers wait for one, and no more workers are started than are needed', async (context) => {
  const { pool } = await openPool(context);
  const tally = new PoolTally();
  const chunks = [0, 1, 2, 3, 4].map((first) => pool.gather(task([miner(1)], { first }), never, tally));
  const answers = (await Promise.all(chunks)).map(({ payload }) => answersOf(payload)[0]?.[0]?.miner);
  assert.deepEqual(answers, [0, 1, 2, 3, 4]);
  assert.equal(tally.started, 2);
  assert.ok(tally.startMs > 0);
  const later = new PoolTally();
  await pool.gather(task([miner(1)]), never, later);
  assert.deepEqual([later.startMs, later.started, later.retried], [0, 0, 0]);
});

test('the same seed gives the same numbers, another one others, and both forms of rows hold the same', async (context) => {
  const { pool } = await openPool(context, { processes: 1 });
  const rowsOf = async (extra: Partial<GatherTask>): Promise<number[][]> => {
    const [answer] = answersOf((await pool.gather(task([miner(0)], extra), never)).payload);
    return (answer?.[0]?.rows ?? []).map((row) => [...row]);
  };
  const rows = await rowsOf({});
  assert.equal(rows.length, 2);
  assert.deepEqual(await rowsOf({ rows: 'typed' }), rows);
  assert.notDeepEqual(await rowsOf({ seed: 2 }), rows);
  assert.notDeepEqual(await rowsOf({ first: 1 }), rows);
});

test('a worker that is killed is replaced, and its chunk is asked once more', async (context) => {
  const { pool } = await openPool(context, { processes: 1 });
  await pool.gather(task([miner(0)]), never);
  const [victim = 0] = pool.pids;
  const tally = new PoolTally();
  const pending = pool.gather(task([miner(500)]), never, tally);
  process.kill(victim, 'SIGKILL');
  assert.equal(answersOf((await pending).payload)[0]?.[0]?.miner, 0);
  assert.notDeepEqual(pool.pids, [victim]);
  assert.deepEqual([tally.started, tally.retried], [1, 1]);
  assert.equal(tally.unanswered.length, 1, 'the first of two tasks that crossed never came back');
});

test('a worker that is killed while it is idle costs no chunk anything', async (context) => {
  const { pool } = await openPool(context, { processes: 1 });
  await pool.gather(task([miner(0)]), never);
  const [victim = 0] = pool.pids;
  process.kill(victim, 'SIGKILL');
  await until(() => !pool.pids.includes(victim));
  const tally = new PoolTally();
  await pool.gather(task([miner(0)]), never, tally);
  assert.deepEqual([tally.started, tally.retried], [1, 0]);
});

test('a chunk that two workers in turn die of is reported with its miners, and the pool serves on', async (context) => {
  const { pool } = await openPool(context, { processes: 1 });
  await pool.gather(task([miner(0)]), never);
  const tally = new PoolTally();
  const pending = pool.gather(task([miner(60_000), miner(60_000)], { first: 4, timeoutMs: 60_000 }), never, tally);
  const failed = assert.rejects(pending, {
    code: 'WORKER_LOST',
    message: /^miners 4 to 5 were not gathered: their worker \(pid \d+\) was ended by SIGKILL, as the one before it$/,
  });
  const killTheOne = (): void => {
    const [pid = 0] = pool.pids;
    process.kill(pid, 'SIGKILL');
  };
  killTheOne();
  // As soon as the next one is ready, it has been given the chunk.
  await until(() => tally.startMs > 0);
  killTheOne();
  await failed;
  assert.equal(tally.unanswered.length, 2);
  assert.equal(answersOf((await pool.gather(task([miner(0)]), never)).payload).length, 1);
});

/** A graph of one module, for workers that load it once. */
async function graphOf(context: TestContext, text: string): Promise<Partial<PoolOptions>> {
  const folder = await mkdtemp(join(tmpdir(), 'ipcbench-test-'));
  context.after(() => rm(folder, { recursive: true }));
  await writeFile(
    join(folder, 'graph.mjs'),
    `import { mkdirSync } from 'node:fs';
const first = (name) => { try { mkdirSync(new URL(name, import.meta.url)); return true; } catch { return false; } };
const spent = process.cpuUsage();
while (process.cpuUsage(spent).user + process.cpuUsage(spent).system < 2000);
${text}`,
  );
  return { importMs: 1, moduleGraph: pathToFileURL(join(folder, 'graph.mjs')).href };
}

test('workers that cannot load their modules are not started for ever, and the error says what the last one died of', async (context) => {
  const { pool } = await openPool(context, { importMs: 1, moduleGraph: 'file:///nowhere/entry.mjs' });
  const tally = new PoolTally();
  await assert.rejects(pool.gather(task([miner(0)]), never, tally), {
    code: 'WORKER_LOST',
    message:
      /^miner 0 was not gathered: no worker got ready: 3 in a row failed to start, the last one \(pid \d+\) ended with exit code 1 \(Error.*: Cannot find module '\/nowhere\/entry.mjs'/,
  });
  assert.deepEqual([tally.started, tally.retried], [3, 0]);
  assert.deepEqual(pool.pids, []);
  const again = new PoolTally();
  await assert.rejects(pool.gather(task([miner(0)]), never, again), { code: 'WORKER_LOST' });
  assert.equal(again.started, 3);
});

test('workers that die while they load are replaced, and held against no chunk', async (context) => {
  const graph = await graphOf(context, "if (first('a') || first('b')) process.exit(3);");
  const { pool } = await openPool(context, graph);
  const tally = new PoolTally();
  const chunks = [0, 1].map((first) => pool.gather(task([miner(1)], { first }), never, tally));
  const answers = (await Promise.all(chunks)).map(({ payload }) => answersOf(payload)[0]?.[0]?.miner);
  assert.deepEqual(answers, [0, 1]);
  assert.deepEqual([tally.started, tally.retried], [4, 0]);
});

test('one worker that gets ready gathers the chunks of those that do not, and they are not started for ever', async (context) => {
  const graph = await graphOf(context, "if (!first('a')) process.exit(3);");
  const { pool } = await openPool(context, { ...graph, processes: 3 });
  const tally = new PoolTally();
  const chunks = [0, 1, 2].map((first) => pool.gather(task([miner(300)], { first }), never, tally));
  assert.equal((await Promise.all(chunks)).length, 3);
  // Before it is ready and after it three fail in a row, and one more that was being started with the last of them.
  assert.ok(tally.started <= 9, `${tally.started} started`);
});

test('workers that never finish loading are ended, and what waits for them fails', async (context) => {
  const graph = await graphOf(context, 'await new Promise(() => {});');
  const { pool } = await openPool(context, { ...graph, startPatienceMs: 0 });
  await assert.rejects(pool.gather(task([miner(0)]), never), {
    code: 'WORKER_LOST',
    message:
      /no worker got ready: 3 in a row failed to start, the last one \(pid \d+\) did not get ready within 0.002 s$/,
  });
});

for (const delayMs of [0, 5])
  test(`an answer that cannot be made fails its chunk with the reason, and costs no worker (after ${delayMs} ms)`, async (context) => {
    const { pool } = await openPool(context, { processes: 1 });
    await pool.gather(task([miner(0)]), never);
    const { pids } = pool;
    await assert.rejects(pool.gather(task([miner(delayMs, { floats: 1e12 })], { rows: 'typed' }), never), {
      code: 'WORKER_LOST',
      message: /^miner 0 was not gathered: their worker failed: (Invalid typed array length|Array buffer)/,
    });
    assert.equal(answersOf((await pool.gather(task([miner(0)]), never)).payload).length, 1);
    assert.deepEqual(pool.pids, pids);
  });

test('a worker that does not hand back its chunk is ended and the chunk fails', async (context) => {
  const { pool } = await openPool(context, { processes: 1, patienceMs: 0 });
  await pool.gather(task([miner(0)]), never);
  const [pid = 0] = pool.pids;
  process.kill(pid, 'SIGSTOP');
  await assert.rejects(pool.gather(task([miner(0)], { timeoutMs: 100 }), never), {
    code: 'WORKER_LOST',
    message: /did not collect its answers within 0.1 s/,
  });
  await until(() => !alive(pid));
});

test('aborting rejects at once what waits and what is under way, and ends the workers that were at it', async (context) => {
  const { pool } = await openPool(context, { processes: 1 });
  await pool.gather(task([miner(0)]), never);
  const abort = new AbortController();
  const chunks = [0, 1].map((first) => pool.gather(task([miner(60_000)], { first, timeoutMs: 60_000 }), abort.signal));
  const [pid = 0] = pool.pids;
  abort.abort();
  for (const chunk of chunks) await assert.rejects(chunk, { code: 'ABORTED' });
  await assert.rejects(pool.gather(task([miner(0)]), abort.signal), { code: 'ABORTED' });
  await until(() => !alive(pid));
  assert.equal(answersOf((await pool.gather(task([miner(0)]), never)).payload).length, 1);
});

test('closing ends all workers, rejects what is open, and may be done twice', async (context) => {
  const { pool, directory } = await openPool(context);
  const chunks = [0, 1, 2].map((first) => pool.gather(task([miner(60_000)], { first, timeoutMs: 60_000 }), never));
  const failed = chunks.map((chunk) => assert.rejects(chunk, { code: 'CLOSED' }));
  await until(() => pool.pids.length === 2);
  const pids = pool.pids;
  assert.deepEqual(runningProcesses(directory).sort(), [...pids].sort());
  await Promise.all([pool.close(), pool.close()]);
  await Promise.all(failed);
  assert.deepEqual(pids.filter(alive), []);
  assert.deepEqual(runningProcesses(directory), []);
  await assert.rejects(pool.gather(task([miner(0)]), never), { code: 'CLOSED' });
});
