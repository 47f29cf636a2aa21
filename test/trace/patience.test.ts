import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultPatienceMs, defaultStartPatienceMs, startsTried } from '#src/strategies/fan-out/worker-pool.js';
import type { Step } from '#src/trace/operation.js';
import { patienceMs } from '#src/trace/patience.js';

const cycle = { do: 'forward', timeoutMs: 120_000, miners: [] } satisfies Step;
const submit: Step = { do: 'submit', account: 'a', epoch: 1, cid: 'c', timeoutMs: 30_000 };

const cases: [what: string, steps: Step[], ms: number][] = [
  ['nothing', [], 0],
  ['waits', [{ do: 'wait', ms: 500_000 }], 0],
  ['a lock without a time-out of its own', [{ do: 'lock', key: 'k' }], 0],
  ['a lock', [{ do: 'lock', key: 'k', timeoutMs: 10_000 }], 15_000],
  ['a submit', [submit], 35_000],
  ['a cycle', [cycle], 600_000],
  ['the longest of several', [{ do: 'lock', key: 'k', timeoutMs: 60_000 }, submit], 65_000],
  ['steps for each of some keys', [{ do: 'each', keys: ['k'], steps: [submit] }], 35_000],
];

for (const [what, steps, ms] of cases)
  test(`${what} may be under way for ${ms} ms`, () => assert.equal(patienceMs(steps), ms));

test("a cycle may be under way for longer than its pool's own guards take, which tell why they gave up", () => {
  assert.ok(patienceMs([cycle]) > startsTried * defaultStartPatienceMs + cycle.timeoutMs + defaultPatienceMs);
});
