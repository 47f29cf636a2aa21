import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { messageOf } from '#src/errors.js';
import { compileForward } from '#src/replay/forward/forward-step.js';
import { MemoryPeak } from '#src/replay/memory-peak.js';
import type { OperationRun } from '#src/replay/operation-run.js';
import { addHistograms } from '#src/replay/sent-histogram.js';
import { compileSteps, runSteps } from '#src/replay/step-compiler.js';
import { type WorkloadOutcome, WorkloadTallies } from '#src/replay/workload-tally.js';
import type { Answer, FanOut, Session } from '#src/strategies/strategy.js';
import { Bench, RecordingSession } from '../session.js';

const step = {
  do: 'forward' as const,
  timeoutMs: 60_000,
  payloadScale: 0.5,
  miners: [
    { delayMs: 1, rows: 4, floats: 1 },
    { delayMs: 1, rows: 2, floats: 1 },
  ],
};

interface Ran {
  /** Resolves with what the step failed of, in words, and undefined where it did not. */
  failure: Promise<string | undefined>;
  run: OperationRun;
  outcome(): WorkloadOutcome;
}

/** Begins the step on a strategy that runs its cycles in this process. */
async function begun(context: TestContext, forward: FanOut['forward']): Promise<Ran> {
  const bench = await Bench.open(context, { ...new RecordingSession().session, fanOut: { forward } });
  const tallies = new WorkloadTallies();
  const run = bench.run({}, 1, tallies);
  const failure = compileForward(step)(run).then(() => undefined, messageOf);
  return { failure, run, outcome: () => tallies.of('forward').outcome(0) };
}

type Cycle = Parameters<FanOut['forward']>[0];

/** Answers of which nothing is missing, each validated. */
function answersTo({ miners, validate }: Cycle): Answer[] {
  const answers = miners.map(
    ({ rows }, miner): Answer => [{ miner, rows: Array.from({ length: rows }, () => [1]) }, 1],
  );
  for (const [index, answer] of answers.entries()) validate(index, answer);
  return answers;
}

test('a cycle that ends tells that none has failed, and what the scale makes of the recorded rows', async (context) => {
  const { failure, outcome } = await begun(context, async (cycle) => answersTo(cycle));
  assert.equal(await failure, undefined);
  const { counts, figures, answers } = outcome();
  const expected = { cyclesBegun: 1, cyclesFailed: 0, rows: 3, valid: 2, invalid: 0, timedOut: 0, sum: 3 };
  assert.deepEqual(counts, { ...expected, rowsRecorded: 6, rowsScaled: 3 });
  assert.deepEqual(Object.keys(figures).sort(), ['cycleMs', 'mainBusyMs', 'mainCpuMs', 'overTimeoutMs']);
  assert.deepEqual(answers, { checked: 2, telling: 2, wrong: 0 });
});

const unreadable: [what: string, forward: (cycle: Cycle) => unknown, why: RegExp][] = [
  ['nothing comes back', (cycle) => void answersTo(cycle), /^no list of answers came back, but undefined$/],
  ['no list comes back', (cycle) => ({ answers: answersTo(cycle) }), /^no list of answers came back, but \{/],
  ...[7, undefined, {}, [null, 1], [{ miner: 0 }, 1], [{ miner: 0, rows: [null] }, 1]].map(
    (answer): (typeof unreadable)[number] => [
      `an answer is ${JSON.stringify(answer)}`,
      ({ miners, validate }) => {
        const answers = miners.map(() => answer as Answer);
        for (const [index, given] of answers.entries()) validate(index, given);
        return answers;
      },
      /^the answer of miner 0 cannot be read: /,
    ],
  ),
];

for (const [what, forward, why] of unreadable)
  test(`a cycle where ${what} has failed, with wrong answers`, async (context) => {
    const { failure, outcome } = await begun(context, async (cycle) => forward(cycle) as Answer[]);
    assert.match((await failure) ?? '', why);
    const { counts, figures, answers, cameTo } = outcome();
    assert.deepEqual(counts, { cyclesBegun: 1, cyclesFailed: 1 });
    assert.deepEqual(answers, { checked: 2, telling: 2, wrong: 2 });
    assert.deepEqual(cameTo, {});
    assert.equal(addHistograms([figures.cycleMs ?? assert.fail('no cycle was timed')]).count, 1);
  });

test('a cycle that is under way when the round ends tells the time until then, and nothing more when it ends later', async (context) => {
  let end = (): void => {};
  const late = new Promise<void>((resolve) => {
    end = resolve;
  });
  const { failure, run, outcome } = await begun(context, async (cycle) => {
    await late;
    answersTo(cycle);
    throw new Error('too late');
  });
  run.onUnfinished?.();
  const told = outcome();
  assert.deepEqual(told.counts, { cyclesBegun: 1, cyclesFailed: 0, cyclesUnfinished: 1 });
  assert.deepEqual(Object.keys(told.figures), ['cycleMs', 'overTimeoutMs']);
  end();
  assert.equal(await failure, 'too late');
  assert.deepEqual(outcome(), told);
});

for (const [what, tell] of [
  ['count "rows"', (meter) => meter?.count?.('rows', 1000)],
  ['count "cyclesFailed"', (meter) => meter?.count?.('cyclesFailed', -1)],
  ['figure "cycleMs"', (meter) => meter?.figure?.('cycleMs', 1000)],
] satisfies [string, (meter: Parameters<FanOut['forward']>[2]) => void][])
  test(`the ${what} is refused from a strategy, whose own it takes`, async (context) => {
    const { failure, outcome } = await begun(context, async (cycle, _, meter) => {
      meter?.count?.('chunksRetried', 2);
      meter?.figure?.('poolStartMs', 5);
      tell(meter);
      return answersTo(cycle);
    });
    assert.equal(await failure, `the ${what} is the replay's own: a strategy's needs another name`);
    const { counts, figures } = outcome();
    assert.deepEqual(counts, { cyclesBegun: 1, cyclesFailed: 1, chunksRetried: 2 });
    assert.ok('poolStartMs' in figures);
  });

test("a pool's memory counts though it goes with its cycle: it is looked at when the last answer is there", async (context) => {
  let poolBytes = 0;
  const fanOut: FanOut = {
    forward: async ({ miners, validate }) => {
      const answers = miners.map((_, miner): Answer => [{ miner, rows: [] }, 1]);
      for (const [miner, answer] of answers.entries()) {
        poolBytes = 100 * (miner + 1);
        validate(miner, answer);
      }
      poolBytes = 0;
      return answers;
    },
  };
  const session: Session = { ...new RecordingSession().session, fanOut };
  const bench = await Bench.open(context, session);
  const memory = new MemoryPeak(() => poolBytes);
  bench.environment.memory = memory;
  const miners = [1, 2, 3].map((delayMs) => ({ delayMs, rows: 0, floats: 1 }));
  await runSteps(compileSteps([{ do: 'forward', timeoutMs: 1000, miners }]), bench.run());
  assert.equal(memory.look(), 300);
});
