import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Histogram } from '#src/measure/histogram.js';
import { noiseFloorOf } from '#src/measure/noise.js';
import { type OperationResult, phases } from '#src/measure/result.js';
import { every, folder, headerOf, look, measured, merged, plainHeader, replayed, strategyOf } from './bench-trace.js';

interface LogLine {
  process: string;
  pid: number;
  key: string;
  inside: number;
  startMs: number;
  endMs: number;
}

/** A strategy that logs every read, and the log once the run is over. */
async function logbook(context: TestContext, takeMs: number): Promise<{ spec: string; lines: () => LogLine[] }> {
  const out = join(await folder(context), 'log');
  const lines = (): LogLine[] =>
    readFileSync(out, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as LogLine)
      .sort((a, b) => a.startMs - b.startMs);
  return { spec: strategyOf('logbook', `take=${takeMs}ms,out=${out}`), lines };
}

function operationOf(result: ReturnType<typeof measured>, kind: string): OperationResult {
  const operation = result.operations[kind];
  assert.ok(operation !== undefined, `there is no ${kind}`);
  return operation;
}

test('a strategy that takes exactly 50 ms per operation reads 50 ms, give or take the dispatch lag that is reported', async (context) => {
  const operations = every(60, 25, () => look('a'));
  const out = join(await folder(context), 'took');
  const strategies = [strategyOf('timed', `take=50ms,out=${out}`)];
  const result = operationOf(measured(await replayed(context, plainHeader, operations, { strategies })), 'look');
  const { count, responseMs, serviceMs, dispatchLagMs } = result;
  assert.equal(count, 25);
  // On a machine with other things to do, even what spins to its end may take longer: by how much, it has told.
  const tookMs = readFileSync(out, 'utf8')
    .split('\n')
    .map(Number)
    .sort((a, b) => a - b);
  const service = Histogram.decode(result.histograms.service);
  for (const [index, exactMs] of tookMs.entries()) {
    const readMs = service.percentile((100 * (index + 1)) / 25) / 1e6;
    assert.ok(exactMs >= 50 && readMs >= exactMs, `${readMs} instead of ${exactMs} ms`);
  }
  const leastMs = service.percentile(4) / 1e6;
  assert.ok(leastMs <= 50.5, `the least disturbed reads ${leastMs} ms`);
  const apartMs = Math.abs(responseMs.mean - serviceMs.mean - dispatchLagMs.mean);
  assert.ok(apartMs <= responseMs.mean * 0.002, `response ${responseMs.mean} ms is not service and lag`);
});

test('a stall of 1 s shows in the response time of every operation due meanwhile, and in service time only once', async (context) => {
  const operations = every(10, 150, (index) => look(index === 30 ? 'stall' : 'a'));
  const strategies = [strategyOf('timed', 'take=0ms,stall=1s')];
  const look150 = operationOf(measured(await replayed(context, plainHeader, operations, { strategies })), 'look');
  const [response, service] = [look150.histograms.response, look150.histograms.service].map(Histogram.decode);
  const ranked = (histogram: Histogram | undefined, fromTop: number): number =>
    (histogram?.percentile((100 * (150 - fromTop)) / 150) ?? 0) / 1e6;
  // The operation due k × 10 ms after the stalled one waits for the rest of the second.
  for (let k = 0; k < 100; k++) {
    assert.ok(ranked(response, k) >= 1000 - 10 * k, `the ${k + 1}th slowest took ${ranked(response, k)} ms`);
  }
  assert.ok(look150.serviceMs.max >= 1000);
  assert.ok(ranked(service, 1) < 900, `a second operation was in service for ${ranked(service, 1)} ms`);
  assert.ok(look150.dispatchLagMs.max >= 980);
});

test('the phases of operations add up to their service time', async (context) => {
  const processes = ['p0', 'p1'];
  const operations = merged(
    ...processes.map((process) => every(10, 80, () => ({ op: 'order', process, fields: { key: 'hot' } }))),
  );
  const header = headerOf(processes.map((name) => ({ name })));
  const run = await replayed(context, header, operations, { strategies: ['single-manager', 'lock-pool'] });
  for (const index of [0, 1]) {
    const { phasesMs, serviceMs, count } = operationOf(measured(run, index), 'order');
    assert.equal(count, 160);
    const sum = phases.reduce((total, phase) => total + phasesMs[phase].mean, 0);
    assert.ok(Math.abs(sum - serviceMs.mean) <= serviceMs.mean * 0.01, `${sum} instead of ${serviceMs.mean}`);
    assert.ok(phasesMs.other.mean <= serviceMs.mean * 0.05, `other is ${phasesMs.other.mean} of ${serviceMs.mean}`);
    assert.ok(phasesMs.wait.mean >= 1 && phasesMs.acquire.mean > 0 && phasesMs.read.mean > 0);
  }
});

test('failed, timed-out and unfinished operations count with the time they took', async (context) => {
  const template = [{ do: 'lock' as const, key: '{key}', timeoutMs: 200 }, { do: 'unlock' as const }];
  const header = { ...plainHeader, templates: { ...plainHeader.templates, grab: template } };
  const operations = [
    ...every(10, 20, () => look('fine')),
    { at: 200, ...look('fails') },
    { at: 210, ...look('never') },
    { at: 220, op: 'grab', process: 'p0', fields: { key: 'stuck' } },
  ];
  const run = await replayed(context, header, operations, { strategies: [strategyOf('moody')], drainMs: 600 });
  const result = measured(run);
  const looked = operationOf(result, 'look');
  assert.deepEqual([looked.count, looked.errors, looked.timeouts, looked.unfinished], [22, 1, 0, 1]);
  assert.equal(looked.responseMs.count, 22);
  assert.ok(looked.responseMs.max >= 600, 'what is unfinished counts with the time until the drain deadline');
  assert.deepEqual(looked.responseMs.atLeast, ['p99', 'p999', 'max']);
  assert.ok(looked.responseMs.p95 >= 29, 'the failed one counts with its 30 ms');
  assert.equal(looked.responseSucceededMs?.count, 20);
  assert.deepEqual(looked.errorExamples, [{ message: 'the disk is full', count: 1 }]);
  const grabbed = operationOf(result, 'grab');
  assert.deepEqual([grabbed.count, grabbed.timeouts, grabbed.errors], [1, 1, 0]);
  assert.ok(grabbed.responseMs.max >= 199 && grabbed.lockWaitMs.max >= 199);
  assert.equal(result.locks.timeouts, 1);
  const sum = phases.reduce((total, phase) => total + looked.phasesMs[phase].mean, 0);
  assert.ok(Math.abs(sum - looked.serviceMs.mean) <= looked.serviceMs.mean * 0.01, 'phases add up all the same');
});

test('what was due and never sent counts with the time it waited, however much that is', async (context) => {
  const operations = every(0.02, 30_000, (index) => look(index === 0 ? 'stall' : 'a'));
  const strategies = [strategyOf('timed', 'take=0ms,stall=3s')];
  const run = await replayed(context, plainHeader, operations, { strategies, drainMs: 200 });
  const { generator, operations: kinds } = measured(run);
  const { count = 0, unfinished = 0, responseMs } = kinds.look ?? {};
  assert.equal(count, 30_000);
  // What had been read ahead is sent all at once when the stall is over; the deadline has passed before more can be read.
  assert.ok(unfinished > 0, 'everything was sent');
  assert.ok((responseMs?.p50 ?? 0) >= 2_500);
  assert.equal(generator.saturated, true);
  assert.equal(generator.sendRatio, 1 - unfinished / count);
});

test('every operation is sent, the one due at the very end included', async (context) => {
  const operations = every(100, 6, () => look('a'));
  const header = { ...plainHeader, durationMs: 500 };
  for (const options of [{}, { speed: 3 }, { ratePerSecond: 40 }]) {
    const run = await replayed(context, header, operations, { strategies: ['none'], ...options });
    assert.equal(operationOf(measured(run), 'look').count, 6);
    assert.equal(measured(run).generator.sendRatio, 1);
  }
});

test('the warm-up is replayed, drained and left out', async (context) => {
  const operations = [...every(20, 20, () => look('fails')), ...every(20, 30, () => look('fine'))].map(
    (operation, index) => ({ ...operation, at: index * 20 }),
  );
  const strategies = [strategyOf('moody')];
  const cold = operationOf(measured(await replayed(context, plainHeader, operations, { strategies })), 'look');
  assert.deepEqual([cold.count, cold.errors], [50, 20]);
  const warm = measured(await replayed(context, plainHeader, operations, { strategies, warmupMs: 400 }));
  const { count, errors } = operationOf(warm, 'look');
  assert.deepEqual([count, errors], [30, 0]);
  assert.equal(warm.generator.sendRatio, 1);
});

test('a recorded loop stays one: never two passes at once, the next one due a pause after the last one ended', async (context) => {
  const header = headerOf([{ name: 'p0' }, { name: 'daemon', loop: { pauseMs: 50 } }], { durationMs: 900 });
  const operations = [
    { op: 'look', process: 'daemon', fields: { key: 'first' } },
    { op: 'look', process: 'daemon', fields: { key: 'second' } },
    ...every(100, 9, () => ({ ...look('a'), use: 'look', op: 'order' })),
  ];
  const { spec, lines } = await logbook(context, 100);
  const run = await replayed(context, header, operations, { strategies: [spec] });
  const passes = lines().filter(({ process }) => process === 'daemon');
  assert.ok(passes.length >= 2 && passes.length <= 7, `${passes.length} passes of 100 ms with pauses of 50 in 900 ms`);
  assert.deepEqual(
    passes.map(({ key }) => key),
    passes.map((_, index) => (index % 2 === 0 ? 'first' : 'second')),
  );
  for (const [index, pass] of passes.entries()) {
    assert.equal(pass.inside, 1);
    const before = passes[index - 1];
    if (before !== undefined) assert.ok(pass.startMs - before.endMs >= 49.9, 'a pass began before its pause was over');
  }
  assert.equal(operationOf(measured(run), 'look').count, passes.length);
  assert.equal(operationOf(measured(run), 'order').count, 9);
});

test('a loop with a long pause neither holds up the end nor runs twice after a warm-up', async (context) => {
  const header = headerOf([{ name: 'p0' }, { name: 'daemon', loop: { pauseMs: 500 } }], { durationMs: 1_200 });
  const operations = [{ op: 'look', process: 'daemon', fields: { key: 'x' } }, ...every(100, 12, () => look('a'))];
  const { spec, lines } = await logbook(context, 5);
  const run = await replayed(context, header, operations, { strategies: [spec], warmupMs: 400, drainMs: 60_000 });
  // One pass at the start of the warm-up, then at 0 and about 505 ms of the measured 800.
  assert.equal(lines().filter(({ process }) => process === 'daemon').length, 3);
  assert.equal(measured(run).state, 'complete');
});

test('each operation of a chain is due its time after the one before it ended, chains of two processes apart', async (context) => {
  const header = headerOf([{ name: 'p0' }, { name: 'p1' }]);
  const chainOf = (process: string) => [
    { at: 0, ...look('1', process), chain: 'c' },
    ...['2', '3', '4'].map((key) => ({ after: 40, ...look(key, process), chain: 'c' })),
  ];
  const operations = [...chainOf('p0'), ...chainOf('p1')].sort((a, b) => ('at' in a ? 0 : 1) - ('at' in b ? 0 : 1));
  for (const options of [{}, { workers: 1 }, { warmupMs: 0.5, drainMs: 3_000 }]) {
    const { spec, lines } = await logbook(context, 60);
    const run = await replayed(context, { ...header, durationMs: 100 }, operations, { strategies: [spec], ...options });
    const log = lines();
    assert.equal(log.length, 8);
    for (const process of 'workers' in options ? ['worker-1'] : ['p0', 'p1']) {
      const own = log.filter((line) => line.process === process);
      for (const key of ['2', '3', '4']) {
        const [next, before] = [key, String(Number(key) - 1)].map((one) => own.filter((line) => line.key === one));
        const startMs = Math.min(...(next ?? []).map((line) => line.startMs));
        const endMs = Math.min(...(before ?? []).map((line) => line.endMs));
        assert.ok(startMs - endMs >= 39.9, `${key} began ${startMs - endMs} ms after the one before it ended`);
      }
      const sameTime = own.filter(({ inside }) => inside > 1).length;
      assert.equal(sameTime > 0, 'workers' in options, 'two chains in one worker run side by side');
    }
    assert.equal(measured(run).generator.sendRatio, 1);
  }
});

test('a closed loop keeps as many in flight as asked for, all processes together, and daemons go on beside them', async (context) => {
  const header = headerOf([{ name: 'p0' }, { name: 'p1' }, { name: 'daemon', loop: { pauseMs: 1 } }]);
  const operations = [
    { op: 'look', process: 'daemon', fields: { key: 'x' } },
    ...merged(
      every(1_000, 30, () => look('a', 'p0')),
      every(1_000, 30, () => look('a', 'p1')),
    ),
  ];
  const { spec, lines } = await logbook(context, 20);
  const run = await replayed(context, header, operations, { strategies: [spec], closedConcurrency: 5 });
  const log = lines();
  const most = (process: string): number =>
    Math.max(...log.filter((line) => line.process === process).map(({ inside }) => inside));
  assert.deepEqual([most('p0'), most('p1'), most('daemon')], [3, 2, 1]);
  assert.equal(log.filter(({ process }) => process !== 'daemon').length, 60);
  // Each lane takes the next one as soon as it is free: once all are busy, they stay so until the work runs out.
  const own = log.filter((line) => line.process === 'p0');
  assert.ok(
    own.slice(2, -2).every(({ inside }) => inside === 3),
    'a lane was left idle',
  );
  const passes = log.filter(({ process }) => process === 'daemon');
  assert.ok(passes.length >= 2, `the daemon made ${passes.length} passes beside 200 ms of work`);
  assert.match(run.notes.join(), /closed loop with 5 in flight/);
});

test('a load that cannot be given is refused before anything starts', async (context) => {
  const loops = headerOf([{ name: 'd', loop: { pauseMs: 10 } }], { durationMs: 100 });
  const pass = [{ op: 'look', process: 'd', fields: { key: 'x' } }];
  const two = headerOf([{ name: 'p0' }, { name: 'p1' }]);
  const both = [
    { at: 0, ...look('a', 'p0') },
    { at: 0, ...look('a', 'p1') },
  ];
  const strategies = ['none'];
  const refusals = [
    [() => replayed(context, loops, pass, { strategies, ratePerSecond: 10 }), /--rate/],
    [() => replayed(context, loops, pass, { strategies, closedConcurrency: 1 }), /--closed/],
    [() => replayed(context, two, both, { strategies, closedConcurrency: 1 }), /--concurrency 1 .*2 worker processes/],
    [() => replayed(context, two, both, { strategies, warmupMs: 60_000 }), /--warmup/],
    [() => replayed(context, two, both, { strategies, speed: 2, ratePerSecond: 2 }), /--speed and --rate/],
    [() => replayed(context, two, both, { strategies: [] }), /no strategy/],
    [() => replayed(context, two, both, { strategies, only: ['order'] }), /it has look/],
  ] as const;
  for (const [refused, message] of refusals) await assert.rejects(refused, message);
});

test('rounds run on fresh processes, add up, and give the noise floor', async (context) => {
  const { spec, lines } = await logbook(context, 1);
  const operations = every(10, 40, () => look('a'));
  const run = await replayed(context, plainHeader, operations, { strategies: [spec, 'none'], rounds: 2 });
  const result = measured(run);
  assert.equal(result.rounds.length, 2);
  assert.equal(operationOf(result, 'look').count, 80);
  assert.deepEqual(
    result.rounds.map((round) => [round.round, round.operations.look?.count]),
    [
      [1, 40],
      [2, 40],
    ],
  );
  assert.equal(new Set(lines().map(({ pid }) => pid)).size, 2);
  const floor = noiseFloorOf(result, 'look');
  assert.equal(floor?.rounds, 2);
  assert.ok((floor?.spreadPercent.p50 ?? -1) >= 0);
});

test('an interrupted run keeps what it has', async (context) => {
  const interruption = new AbortController();
  const operations = every(10, 6_000, () => look('a'));
  const run = await replayed(context, plainHeader, operations, {
    strategies: ['none', 'unlocked'],
    signal: interruption.signal,
    onProgress: (progress) => {
      if (progress.stage === 'running' && progress.finished > 0) interruption.abort();
    },
  });
  assert.equal(run.interrupted, true);
  assert.equal(run.results.length, 1, 'the second strategy was not begun');
  const result = measured(run);
  assert.equal(result.state, 'partial');
  assert.match(result.reason ?? '', /interrupted/);
  const { count } = operationOf(result, 'look');
  assert.ok(count > 0 && count < 6_000, `${count} operations`);
});

test('an interruption before the start ends the run at once', async (context) => {
  const interruption = new AbortController();
  const run = await replayed(
    context,
    plainHeader,
    every(10, 60_000, () => look('a')),
    {
      strategies: ['none'],
      signal: interruption.signal,
      onProgress: ({ stage }) => {
        if (stage === 'starting') interruption.abort();
      },
    },
  );
  assert.equal(run.interrupted, true);
});

test('a strategy that cannot start is a failed result with its reason, and the others run', async (context) => {
  const operations = every(10, 5, () => look('a'));
  const run = await replayed(context, plainHeader, operations, { strategies: [strategyOf('unstartable'), 'none'] });
  const [failed, ran] = run.results;
  assert.equal(failed?.state, 'failed');
  assert.match(failed?.state === 'failed' ? failed.reason : '', /steward.*no server at home/);
  assert.equal(ran?.state, 'complete');
});
