import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateForward } from '#src/trace/generate/forward.js';
import { regenerated } from '#src/trace/generate/index.js';
import type { MinerLine, TraceOperation } from '#src/trace/operation.js';
import { validateTrace } from '#src/trace/reader.js';
import { writeTrace } from '#src/trace/writer.js';
import { temporaryFolder } from '../sample.js';

const minersIn = ({ steps }: TraceOperation): MinerLine[] =>
  (steps ?? []).flatMap((step) => (step.do === 'forward' && Array.isArray(step.miners) ? step.miners : []));

test('cycles of a generated trace are one chain, each due a pause after the one before it', async (context) => {
  const { header, operations } = generateForward({ cycles: 3, miners: 5, pauseMs: 70 });
  assert.deepEqual(
    [...operations].map(({ at, after, chain }) => ({ at, after, chain })),
    [
      { at: 0, after: undefined, chain: 'cycles' },
      { at: undefined, after: 70, chain: 'cycles' },
      { at: undefined, after: 70, chain: 'cycles' },
    ],
  );
  const path = `${await temporaryFolder(context)}/t.jsonl`;
  await writeTrace(path, header, operations);
  const { kinds } = await validateTrace(path);
  assert.equal(kinds.forward, 3);
});

test('delays have a heavy tail that ends at the time-out, and some miners fail', () => {
  const values = { miners: 4000, timeoutMs: 2000, delayMedianMs: 250, cycles: 1 };
  const miners = [...generateForward(values).operations].flatMap(minersIn);
  const over = (ms: number): number => miners.filter(({ delayMs }) => delayMs >= ms).length / miners.length;
  assert.equal(Math.max(...miners.map(({ delayMs }) => delayMs)), 2000);
  assert.ok(over(250) > 0.45 && over(250) < 0.55);
  assert.ok(over(2000) > 0.01 && over(2000) < 0.06, `${over(2000)} were cut`);
  const failing = miners.filter(({ fails }) => fails).length / miners.length;
  assert.ok(failing > 0.01 && failing < 0.03);
});

test('a generated trace of cycles can be made again with a parameter changed', () => {
  const trace = generateForward({ cycles: 2, miners: 3 }, { seed: 4 });
  assert.deepEqual([...regenerated(trace.header, {}).operations], [...trace.operations]);
  const [wider] = regenerated(trace.header, { miners: 6 }).operations;
  assert.equal(wider === undefined ? 0 : minersIn(wider).length, 6);
});

for (const [values, message] of [
  [{ miners: 0 }, /"miners" is 0/],
  [{ timeoutMs: 2 ** 31 }, /"timeoutMs" is 2147483648/],
  [{ payloadScale: 2 }, /"payloadScale" is 2/],
] as const)
  test(`the generator refuses ${JSON.stringify(values)}`, () => {
    assert.throws(() => generateForward(values), { code: 'BAD_OPTION', message });
  });
