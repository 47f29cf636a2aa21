import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Cycle, Miner } from '#src/strategies/fan-out/cycle.js';
import { MinerModel } from '#src/strategies/fan-out/miner-model.js';
import { type FanOutOptions, PooledFanOut } from '#src/strategies/fan-out/pooled-fan-out.js';
import { runningProcesses } from '#src/strategies/fan-out/started-processes.js';
import { noMeter } from '#src/strategies/strategy.js';

const after: FanOutOptions = {
  pool: 'reused',
  collect: 'as-completed',
  result: 'tuple',
  rows: 'arrays',
  processes: 3,
  importMs: 0,
};

async function openFanOut(
  context: TestContext,
  options: Partial<FanOutOptions> = {},
): Promise<{ fanOut: PooledFanOut; directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'ipcbench-test-'));
  const fanOut = await PooledFanOut.open({ ...after, ...options }, directory);
  context.after(async () => {
    await fanOut.close();
    await rm(directory, { recursive: true });
  });
  return { fanOut, directory };
}

const minerOf = (delayMs: number, fails = false): Miner => ({ delayMs, rows: 2, floats: 3, fails });

/** Two chunks of two and one of three; one miner is cut, one fails. */
const miners = [1, 5, 60_000, 1, 1, 2, 3].map((delayMs, index) => minerOf(delayMs, index === 3));

function cycleOf(asked: readonly Miner[] = miners): { cycle: Cycle; order: number[]; validated: Map<number, Answer> } {
  const order: number[] = [];
  const validated = new Map<number, Answer>();
  const validate = (miner: number, answer: Answer): void => {
    order.push(miner);
    validated.set(miner, answer);
  };
  return { cycle: { timeoutMs: 1500, seed: 9, miners: asked, validate }, order, validated };
}

/** What all switches have to agree on: whose answer it is and its numbers. */
const contentOf = (answers: readonly Answer[]): unknown[] =>
  answers.map(([response]) => response && [response.miner, response.rows.map((row) => [...row])]);

test('whatever the switches say, the answers are the same and in order, and each was validated once', async (context) => {
  const contents: unknown[][] = [];
  for (const pool of ['per-cycle', 'reused'] as const)
    for (const collect of ['ordered', 'as-completed'] as const)
      for (const result of ['rebuild', 'tuple'] as const) {
        const rows = contents.length % 2 === 0 ? 'arrays' : 'typed';
        const { fanOut } = await openFanOut(context, { pool, collect, result, rows });
        const { cycle, order, validated } = cycleOf();
        const answers = await fanOut.forward(cycle, {});
        assert.deepEqual([...order].sort(), [0, 1, 2, 3, 4, 5, 6]);
        for (const [index, answer] of answers.entries()) assert.equal(answer, validated.get(index));
        assert.equal(answers[0]?.[0] instanceof MinerModel, result === 'rebuild');
        if (collect === 'ordered') assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6]);
        contents.push(contentOf(answers));
        await fanOut.close();
      }
  const [first = []] = contents;
  assert.deepEqual(
    first.map((content) => content === undefined),
    [false, false, true, false, false, false, false],
  );
  for (const content of contents) assert.deepEqual(content, first);
});

test('as they complete, a later chunk is validated before an earlier one that waits for a slow miner', async (context) => {
  const { fanOut } = await openFanOut(context, { processes: 2 });
  const { cycle, order } = cycleOf([minerOf(60_000), minerOf(1)]);
  const answers = await fanOut.forward(cycle, {});
  assert.deepEqual(order, [1, 0]);
  assert.deepEqual(
    answers.map(([response]) => response?.miner),
    [undefined, 1],
  );
});

test('a pool per cycle leaves nobody behind between cycles, a reused one keeps its workers', async (context) => {
  const { fanOut, directory } = await openFanOut(context, { pool: 'per-cycle' });
  await fanOut.forward(cycleOf().cycle, {});
  assert.deepEqual([fanOut.pids, runningProcesses(directory)], [[], []]);
  const reused = await openFanOut(context);
  await reused.fanOut.forward(cycleOf().cycle, {});
  const { pids } = reused.fanOut;
  assert.equal(pids.length, 3);
  await reused.fanOut.forward(cycleOf().cycle, {});
  assert.deepEqual(reused.fanOut.pids, pids);
});

/** Keeps every figure, count and connection that it is told. */
function keeper() {
  const figures = new Map<string, number[]>();
  const counts = new Map<string, number>();
  const calls: [sent: number, received: number][] = [];
  const kept = { figures, counts, calls, connections: 0 };
  const meter = {
    ...noMeter,
    call: (sent: number, received: number) => void calls.push([sent, received]),
    connection: () => void kept.connections++,
    figure: (name: string, value: number) => void figures.set(name, [...(figures.get(name) ?? []), value]),
    count: (name: string, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by),
  };
  return { kept, meter };
}

test('fresh workers load a graph of modules, and the cycle says what starting them took', async (context) => {
  const { fanOut } = await openFanOut(context, { importMs: 20, processes: 1 });
  const { kept, meter } = keeper();
  for (let cycle = 0; cycle < 2; cycle++) await fanOut.forward(cycleOf().cycle, {}, meter);
  const [first = 0, second] = kept.figures.get('poolStartMs') ?? [];
  assert.ok(first >= 20);
  assert.equal(second, 0);
  assert.equal(kept.connections, 1);
  assert.equal(kept.calls.length, 2);
  // Six answers of two rows of three numbers, at eight bytes each at least.
  for (const [sent, received] of kept.calls) assert.ok(sent > 0 && received > 6 * 2 * 3 * 8);
  for (const percent of kept.figures.get('overlapPercent') ?? []) assert.ok(percent >= 0 && percent <= 100);
});

test('without miners a cycle is over at once, with fewer than workers it starts no more than it needs', async (context) => {
  const { fanOut } = await openFanOut(context);
  assert.deepEqual(await fanOut.forward(cycleOf([]).cycle, {}), []);
  assert.equal(fanOut.pids.length, 0);
  assert.equal((await fanOut.forward(cycleOf([minerOf(1)]).cycle, {})).length, 1);
  assert.equal(fanOut.pids.length, 1);
});

test('two cycles at once share a pool and keep their answers apart', async (context) => {
  const { fanOut } = await openFanOut(context);
  const [first, second] = [cycleOf(), cycleOf([minerOf(1), minerOf(1)])];
  const [some, others] = await Promise.all([fanOut.forward(first.cycle, {}), fanOut.forward(second.cycle, {})]);
  assert.deepEqual([some.length, others.length], [7, 2]);
});

for (const collect of ['ordered', 'as-completed'] as const)
  test(`an aborted cycle rejects and the next one runs (${collect})`, async (context) => {
    const { fanOut } = await openFanOut(context, { collect });
    const abort = new AbortController();
    const { cycle } = cycleOf([minerOf(60_000), minerOf(60_000)]);
    const pending = fanOut.forward({ ...cycle, timeoutMs: 60_000 }, { signal: abort.signal });
    abort.abort();
    await assert.rejects(pending, { code: 'ABORTED' });
    assert.equal((await fanOut.forward(cycleOf().cycle, {})).length, 7);
  });

test('what validation throws is the cycle that fails, not the process', async (context) => {
  const { fanOut } = await openFanOut(context);
  const { cycle } = cycleOf();
  const broken = { ...cycle, validate: () => assert.fail('no good') };
  await assert.rejects(fanOut.forward(broken, {}), /no good/);
  assert.equal((await fanOut.forward(cycle, {})).length, 7);
});

test('closing in the middle of a cycle rejects it and ends the workers, per cycle or not', async (context) => {
  for (const pool of ['per-cycle', 'reused'] as const) {
    const { fanOut, directory } = await openFanOut(context, { pool });
    const { cycle } = cycleOf([minerOf(60_000)]);
    const failed = assert.rejects(fanOut.forward({ ...cycle, timeoutMs: 60_000 }, {}), { code: 'CLOSED' });
    await Promise.all([fanOut.close(), fanOut.close()]);
    await failed;
    assert.deepEqual(runningProcesses(directory), []);
    await assert.rejects(fanOut.forward(cycle, {}), { code: 'CLOSED' });
  }
});

for (const pool of ['per-cycle', 'reused'] as const)
  test(`what a cycle that fails took from its pool is counted with it, and not with the next one (${pool})`, async (context) => {
    const { fanOut } = await openFanOut(context, { pool, processes: 1 });
    const quick = cycleOf([minerOf(1)]).cycle;
    await fanOut.forward(quick, {});
    const [failing, next] = [keeper(), keeper()];
    const slow = { ...cycleOf([minerOf(50_000)]).cycle, timeoutMs: 60_000 };
    const pending = fanOut.forward(slow, {}, failing.meter);
    const killed = await killWhoever(fanOut, assert.rejects(pending, { code: 'WORKER_LOST' }));
    // A reused worker was there: it is not the one that the cycle started, and had its chunk when it was killed.
    assert.equal(failing.kept.connections, killed - (pool === 'reused' ? 1 : 0));
    // What crossed to those that died with it counts, and nothing came back.
    assert.ok(failing.kept.calls.length >= (pool === 'reused' ? 1 : 0));
    for (const [sent, received] of failing.kept.calls) assert.ok(sent > 0 && received === 0);
    if (pool === 'reused') assert.equal(failing.kept.counts.get('chunksRetried'), 1);
    assert.deepEqual([...failing.kept.figures], []);
    const startMs = performance.now();
    await fanOut.forward(quick, {}, next.meter);
    const tookMs = performance.now() - startMs;
    assert.equal(next.kept.connections, 1);
    assert.equal(next.kept.counts.get('chunksRetried'), 0);
    const [poolStartMs = 0] = next.kept.figures.get('poolStartMs') ?? [];
    assert.ok(poolStartMs > 0 && poolStartMs <= tookMs, `${poolStartMs} of ${tookMs} ms`);
  });

/** Kills every worker there is until `done`; resolves to how many these were. */
async function killWhoever(fanOut: PooledFanOut, done: Promise<void>): Promise<number> {
  const killed = new Set<number>();
  let over = false;
  const settled = done.finally(() => {
    over = true;
  });
  while (!over) {
    for (const pid of fanOut.pids.filter((one) => !killed.has(one))) {
      killed.add(pid);
      process.kill(pid, 'SIGKILL');
    }
    await sleep(5);
  }
  await settled;
  return killed.size;
}

test('of two cycles at once on one pool each counts the workers that were started for it', async (context) => {
  const { fanOut } = await openFanOut(context);
  const [first, second] = [keeper(), keeper()];
  await Promise.all([
    fanOut.forward(cycleOf([minerOf(1), minerOf(1)]).cycle, {}, first.meter),
    fanOut.forward(cycleOf().cycle, {}, second.meter),
  ]);
  assert.deepEqual([first.kept.connections, second.kept.connections], [2, 1]);
  for (const { kept } of [first, second]) assert.equal(kept.figures.get('poolStartMs')?.length, 1);
});
