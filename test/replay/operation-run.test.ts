import assert from 'node:assert/strict';
import { test } from 'node:test';
import { phases } from '#src/measure/result.js';
import { compileSteps, runSteps } from '#src/replay/step-compiler.js';
import type { Step } from '#src/trace/operation.js';
import { Bench, RecordingSession } from './session.js';

const increment: Step[] = [
  { do: 'lock', key: 'k' },
  { do: 'read', in: 's', key: 'k' },
  { do: 'write', in: 's', key: 'k' },
  { do: 'unlock' },
];

test('a read-modify-write stores what was read plus one and its own mark, and writes down what it did', async (context) => {
  const recording = new RecordingSession();
  const bench = await Bench.open(context, recording.session, ['s']);
  for (let operation = 1; operation <= 3; operation++)
    await runSteps(compileSteps(increment), bench.run({}, operation));
  const stored = recording.values.get('k') as { n: number; by: number };
  assert.deepEqual([stored.n, stored.by], [3, 3]);
  const evidence = bench.evidence();
  const { commits, reads } = evidence.get('s\u0000k') ?? { commits: [], reads: [] };
  assert.deepEqual(
    commits.map(({ n, mark, operation, locks }) => [n, mark, operation, locks.length]),
    [
      [1, 1, 1, 1],
      [2, 2, 2, 1],
      [3, 3, 3, 1],
    ],
  );
  assert.deepEqual(
    reads.map(({ n, by }) => [n, by]),
    [
      [0, 0],
      [1, 1],
      [2, 2],
    ],
  );
  const sections = evidence.get('lock\u0000k')?.sections ?? [];
  assert.equal(sections.length, 3);
  for (const [index, { askNs, entryNs, exitNs }] of sections.entries()) {
    assert.ok(askNs <= entryNs && entryNs <= exitNs);
    const commit = commits[index];
    assert.ok(commit !== undefined && commit.startNs >= entryNs && commit.endNs <= exitNs);
  }
});

test('a write under many locks remembers them all', async (context) => {
  const bench = await Bench.open(context, new RecordingSession().session, ['s']);
  const keys = Array.from({ length: 12 }, (_, index) => `k${index}`);
  const steps: Step[] = [{ do: 'lock', key: keys }, ...increment.slice(1)];
  await runSteps(compileSteps(steps), bench.run());
  assert.equal(bench.evidence().get('s\u0000k')?.commits[0]?.locks.length, 12);
});

test('what was read before an "each" is still known after it; what was read in it is forgotten', async (context) => {
  const recording = new RecordingSession();
  const bench = await Bench.open(context, recording.session);
  const steps: Step[] = [
    { do: 'read', in: 's', key: 'k' },
    { do: 'each', keys: ['x', 'y'], steps: [{ do: 'read', in: 's', key: '{item}' }] },
    { do: 'write', in: 's', key: 'k' },
    { do: 'write', in: 's', key: 'x' },
  ];
  recording.values.set('k', { n: 6, by: 0, body: null });
  recording.values.set('x', { n: 8, by: 0, body: null });
  await runSteps(compileSteps(steps), bench.run());
  assert.equal((recording.values.get('k') as { n: number }).n, 7);
  assert.equal((recording.values.get('x') as { n: number }).n, 1);
});

test('a body that was read is written back as it was, unless the step gives a size', async (context) => {
  const recording = new RecordingSession();
  const bench = await Bench.open(context, recording.session);
  const bodyAfter = async (steps: Step[]): Promise<unknown> => {
    recording.values.set('k', { n: 1, by: 0, body: 'as it was' });
    await runSteps(compileSteps(steps), bench.run());
    return (recording.values.get('k') as { body: unknown }).body;
  };
  assert.equal(await bodyAfter(increment), 'as it was');
  const sized: Step[] = [
    { do: 'read', in: 's', key: 'k' },
    { do: 'write', in: 's', key: 'k', bytes: 10 },
  ];
  assert.deepEqual(await bodyAfter(sized), { records: [], pad: 'x'.repeat(10) });
});

test('a lock that was not granted leaves nothing held, and its wait is written down', async (context) => {
  const recording = new RecordingSession();
  recording.session.locks.acquire = async () => {
    throw new Error('not granted');
  };
  const bench = await Bench.open(context, recording.session);
  const run = bench.run();
  await assert.rejects(runSteps(compileSteps(increment), run), /not granted/);
  assert.equal(run.holdsLock, false);
  assert.equal(run.lockWaitsNs.length, 1);
  assert.equal(bench.evidence().get('lock\u0000k')?.failedWaits.length, 1);
});

test('what a failed operation holds is given up, and its last write with it', async (context) => {
  const recording = new RecordingSession(true);
  const bench = await Bench.open(context, recording.session, ['s']);
  const run = bench.run();
  const steps = compileSteps(increment).slice(0, 3);
  await runSteps(steps, run);
  assert.equal(run.holdsLock, true);
  await run.abandon();
  await run.abandon();
  assert.equal(run.holdsLock, false);
  assert.deepEqual(recording.asked, ['acquire k', 'get s[k]', 'release']);
  assert.equal(bench.evidence().get('s\u0000k')?.commits.length, 0);
});

test('the time of an operation is split among its phases without a gap', async (context) => {
  const bench = await Bench.open(context, new RecordingSession().session);
  const startNs = bench.environment.clock.nowNs();
  const run = bench.run();
  await runSteps(compileSteps([...increment, { do: 'wait', ms: 2, phase: 'disk' }]), run);
  const endNs = run.stopwatch.stop();
  const spentNs = run.stopwatch.spentNs.reduce((sum, ns) => sum + ns, 0);
  assert.ok(spentNs <= endNs - startNs && spentNs > 2e6);
  assert.ok((run.stopwatch.spentNs[phases.indexOf('disk')] ?? 0) >= 2e6);
  const [before] = run.stopwatch.spentNs;
  run.stopwatch.stop();
  assert.equal(run.stopwatch.spentNs[0], before);
});
