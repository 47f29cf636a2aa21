import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryPeak } from '#src/replay/memory-peak.js';
import { compileSteps, runSteps } from '#src/replay/step-compiler.js';
import type { Answer, FanOut, Session } from '#src/strategies/strategy.js';
import { Bench, RecordingSession } from '../session.js';

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
