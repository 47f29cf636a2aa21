import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { endLeftOvers } from '#src/replay/forward/left-over.js';
import { rehearseReplay } from '#src/replay/rehearsal.js';
import { runningProcesses, startedProcesses } from '#src/strategies/fan-out/started-processes.js';
import type { TraceHeader, TraceOperation } from '#src/trace/operation.js';
import {
  every,
  folder,
  headerOf,
  look,
  measured,
  packageRoot,
  replayed,
  strategyOf,
  writeTrace,
} from '../bench-trace.js';

const header: TraceHeader = headerOf([{ name: 'validator' }], {
  templates: {
    look: [{ do: 'read', in: 'positions', key: '{key}' }],
    forward: [
      {
        do: 'forward',
        timeoutMs: 800,
        miners: [
          { delayMs: 5, rows: 10, floats: 4 },
          { delayMs: 1, rows: 10, floats: 4, fails: true },
          { delayMs: 800, rows: 10, floats: 4 },
          { delayMs: 30, rows: 10, floats: 4 },
        ],
      },
    ],
  },
});

/** Cycles one after another. */
const cycles = (count: number): TraceOperation[] =>
  Array.from({ length: count }, (_, index) => {
    return { ...(index === 0 ? { at: 0 } : { after: 10 }), op: 'forward', process: 'validator', chain: 'cycles' };
  });

const small = 'processes=2,import-ms=0';

test('cycles come to the same on both presets: counts, figures, phases that add up, nobody left over', async (context) => {
  const strategies = [`forward-before:${small}`, `forward-after:${small}`];
  const run = await replayed(context, header, cycles(2), { strategies });
  for (const index of [0, 1]) {
    const result = measured(run, index);
    assert.equal(result.state, 'complete', JSON.stringify(result.reason));
    const { forward } = result.workload;
    const { rows, valid, invalid, timedOut } = forward?.counts ?? {};
    assert.deepEqual([rows, valid, invalid, timedOut], [60, 4, 2, 2]);
    assert.ok((forward?.counts.sum ?? 0) > 0);
    assert.equal(forward?.gauges.workersLeft, 0);
    for (const name of ['cycleMs', 'overTimeoutMs', 'mainBusyMs', 'mainCpuMs', 'overlapPercent', 'poolStartMs'])
      assert.equal(forward?.figures[name]?.count, 2, name);
    // The slow miner is cut at 800 ms: no cycle can be over before.
    assert.ok((forward?.figures.cycleMs?.p50 ?? 0) >= 799);
    assert.deepEqual(result.safety.answers, { checked: 8, telling: 8, wrong: 0 });
    assert.equal(result.safety.verdict, 'safe', result.safety.reason);
    const { phasesMs, serviceMs } = result.operations.forward ?? assert.fail('there is no forward');
    const sum = Object.values(phasesMs).reduce((total, { mean }) => total + mean, 0);
    assert.ok(Math.abs(sum - serviceMs.mean) <= serviceMs.mean * 0.001);
    // A chunk for each of the two workers; per cycle they are started twice.
    assert.equal(result.calls.perOperation, 2);
    assert.equal(result.calls.connectionsPerOperation, index === 0 ? 2 : 1);
  }
  assert.equal(measured(run, 0).workload.forward?.counts.sum, measured(run, 1).workload.forward?.counts.sum);
});

for (const [lie, example] of [
  ['cut', /miner 0 came out timed out, expected valid/],
  ['twice', /miner 0 was validated twice/],
  ['never', /miner 0 was never validated/],
  ['order', /the answer of miner 0 is not at its index in the end/],
  ['surplus', /5 answers came back of 4 miners/],
  ['late', /the answer of miner 0 was changed after it was validated/],
] as const)
  test(`a strategy whose lie is "${lie}" is unsafe, with an example`, async (context) => {
    const strategies = [strategyOf('forger', `lie=${lie}`)];
    const { safety } = measured(await replayed(context, header, cycles(1), { strategies }));
    assert.equal(safety.verdict, 'unsafe');
    assert.match(safety.examples[0]?.text ?? '', example);
  });

const differences: [lie: string, says: RegExp][] = [
  [
    'numbers',
    /a cycle came to something else: 47051.1\d+ as the sum of all numbers in place of 47050.1\d+ by the trace, first at miner 0$/,
  ],
  [
    'cut',
    /20 rows in place of 30, 1 valid answers in place of 2, 2 miners timed out in place of 1, .* by the trace, first at miner 0$/,
  ],
  ['places', /the same sum, but other numbers at some places than by the trace, first at miner 0$/],
  ['rows', /the same sum, but other numbers at some places than by the trace, first at miner 0$/],
];

test('a strategy that hands over other answers than the trace says is unsafe, in words, and no other one for it', async (context) => {
  const lies = differences.map(([lie]) => strategyOf('forger', `lie=${lie}`));
  const honest = [strategyOf('forger'), join(packageRoot, 'test/fixtures/thread-per-cycle.mjs')];
  const run = await replayed(context, header, cycles(2), { strategies: [...lies, ...honest] });
  for (const [index, [lie, says]] of differences.entries()) {
    const { verdict, reason, differing } = measured(run, index).safety;
    assert.deepEqual([verdict, differing?.cycles], ['unsafe', 1], lie);
    assert.match(reason, says);
  }
  for (const index of honest.keys()) {
    const { verdict, reason, cycles: held } = measured(run, differences.length + index).safety;
    assert.deepEqual([verdict, held], ['safe', { different: 1, checked: 1 }], reason);
    assert.match(reason, /all 8 answers were right, .*; every number of 1 different cycle was held against the trace$/);
  }
});

test('a strategy whose cycles of the same miners come to different things is unsafe by itself', async (context) => {
  const strategies = [strategyOf('forger', 'lie=now and then')];
  const { safety } = measured(await replayed(context, header, cycles(3), { strategies }));
  assert.equal(safety.verdict, 'unsafe');
  assert.match(
    safety.reason,
    /47051.* in place of 47050.* by the trace, first at miner 0, and not the same another time$/,
  );
});

test('a strategy that answers cycles or submits claims right answers unless it says otherwise', async (context) => {
  const strategies = ['unsaid', 'no'].map((claim) => strategyOf('forger', `lie=order,claim=${claim}`));
  const run = await replayed(context, header, cycles(1), { strategies });
  const [unsaid, declined] = [measured(run, 0), measured(run, 1)];
  assert.deepEqual([unsaid.claims.rightAnswers, declined.claims.rightAnswers], [true, false]);
  assert.match(unsaid.safety.reason, /^4 of 4 answers were wrong; a cycle came to something else/);
  assert.match(declined.safety.reason, /^a cycle came to something else/);
});

test('a difference of one cycle is told whatever else failed, and however many cycles the others had time for', async (context) => {
  const looping = headerOf([{ name: 'validator', loop: { pauseMs: 5, repeat: true } }, { name: 'p0' }], {
    templates: {
      hold: [{ do: 'lock', key: 'k', timeoutMs: 1 }, { do: 'wait', ms: 60 }, { do: 'unlock' }],
    },
  });
  const hold = (): Omit<TraceOperation, 'at'> => ({ op: 'hold', process: 'p0' });
  const operations: TraceOperation[] = [
    ...every(20, 20, hold),
    {
      op: 'forward',
      process: 'validator',
      steps: [{ do: 'forward', timeoutMs: 100, miners: [{ delayMs: 1, rows: 5 }] }],
    },
    {
      op: 'forward',
      process: 'validator',
      steps: [{ do: 'forward', timeoutMs: 100, miners: [{ delayMs: 1, rows: 7 }] }],
    },
  ];
  const strategies = [
    `lock-pool+${strategyOf('forger')}`,
    `lock-pool+${strategyOf('forger', 'lie=numbers')}`,
    `keyed-locks+${strategyOf('forger')}`,
  ];
  const run = await replayed(context, looping, operations, { strategies });
  const verdicts = [0, 1, 2].map((index) => measured(run, index).safety.differing?.cycles);
  assert.deepEqual(verdicts, [undefined, 2, undefined]);
});

test('--payload-scale makes a share of the rows, and is refused where there are none', async (context) => {
  const strategies = [strategyOf('forger')];
  const run = await replayed(context, header, cycles(1), { strategies, payloadScale: 0.2 });
  const { forward } = measured(run).workload;
  assert.equal(forward?.counts.rows, 6);
  assert.deepEqual(forward.notes, [
    'miners were to answer with 20 % of the recorded rows; --payload-scale 1 makes all of them',
  ]);
  const looks = every(5, 1, () => look('a', 'validator'));
  await assert.rejects(replayed(context, header, looks, { strategies: ['none'], payloadScale: 0.2 }), {
    code: 'BAD_OPTION',
    message: /no forward step/,
  });
});

test('a fault that kills a pool worker is refused where no cycle starts a pool, in a rehearsal as well', async (context) => {
  const looks = every(5, 1, () => look('a', 'validator'));
  const options = { strategies: ['none'], faults: ['kill-pool-worker@1s'] };
  const refusal = { code: 'BAD_OPTION', message: /kill-pool-worker@1s: this trace has no forward step/ };
  await assert.rejects(replayed(context, header, looks, options), refusal);
  const trace = await writeTrace(context, header, looks);
  await assert.rejects(rehearseReplay({ trace, ...options }), refusal);
  await assert.rejects(rehearseReplay({ trace, ...options, faults: ['kill-nobody@1s'] }), /--fault kill-nobody@1s/);
});

test('a pool worker that is killed by a fault is replaced: the cycle succeeds, and its chunk was asked twice', async (context) => {
  const strategies = ['forward-after:processes=1,import-ms=0'];
  const steps = [{ do: 'forward' as const, timeoutMs: 8000, miners: [{ delayMs: 6000, rows: 1, floats: 1 }] }];
  const operations = [{ at: 0, op: 'forward', process: 'validator', steps }];
  const faults = ['kill-pool-worker@3s'];
  const result = measured(await replayed(context, header, operations, { strategies, faults, drainMs: 60_000 }));
  assert.match(result.faults[0]?.text ?? '', /^a pool's worker \(pid \d+\) was killed$/);
  assert.equal(result.faults[0]?.withoutLocks, true);
  assert.equal(result.workload.forward?.counts.chunksRetried, 1);
  assert.match(result.workload.forward.notes.join(), /1 chunk was asked again/);
  assert.equal(result.operations.forward?.errors, 0);
  assert.equal(result.safety.verdict, 'safe');
});

test('a cycle that never ends counts with the time it has taken by the end', async (context) => {
  const strategies = [strategyOf('forger', 'lie=hang')];
  // A closed loop, which waits for the cycle to begin however late that is.
  const options = { strategies, drainMs: 100, closedConcurrency: 1 };
  const result = measured(await replayed(context, header, [{ at: 0, op: 'forward', process: 'validator' }], options));
  const { figures, counts } = result.workload.forward ?? assert.fail('there is no forward');
  assert.deepEqual([figures.cycleMs?.count, figures.overTimeoutMs?.count], [1, 1]);
  assert.deepEqual(counts, { cyclesBegun: 1, cyclesFailed: 0, cyclesUnfinished: 1 });
  assert.equal(result.operations.forward?.unfinished, 1);
});

test('a cycle whose time-out is as long as a timer holds is replayed like any other', async (context) => {
  const longestMs = 2 ** 31 - 1;
  const steps = [{ do: 'forward' as const, timeoutMs: longestMs, miners: [{ delayMs: 1, rows: 1, floats: 1 }] }];
  const operations = [{ at: 0, op: 'forward', process: 'validator', steps }];
  const strategies = [strategyOf('forger')];
  const result = measured(await replayed(context, header, operations, { strategies, drainMs: longestMs + 60_000 }));
  assert.equal(result.state, 'complete', result.reason);
  assert.equal(result.workload.forward?.counts.valid, 1);
});

test('a cycle joins an order in one row on joined strategies', async (context) => {
  const operations = [...every(5, 3, () => look('a', 'validator')), { at: 20, op: 'forward', process: 'validator' }];
  const result = measured(
    await replayed(context, header, operations, { strategies: [`lock-pool+forward-after:${small}`] }),
  );
  assert.equal(result.operations.look?.count, 3);
  assert.equal(result.operations.look.errors, 0);
  assert.equal(result.workload.forward?.counts.valid, 2);
});

test('processes that run on after a round are ended and counted', async (context) => {
  const directory = await folder(context);
  const started = startedProcesses(directory);
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  context.after(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  const ended = once(child, 'exit');
  started.note(child.pid ?? 0);
  started.note(2 ** 30);
  assert.deepEqual(runningProcesses(directory), [child.pid]);
  assert.equal(await endLeftOvers(directory), 1);
  await ended;
  assert.equal(await endLeftOvers(directory), 0);
});
