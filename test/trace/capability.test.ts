import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capabilitiesNeeded } from '#src/trace/capability.js';
import type { Step } from '#src/trace/operation.js';
import { validateTrace } from '#src/trace/reader.js';
import { sampleHeader, sampleOrder, temporaryFile, traceLines } from './sample.js';

const submit: Step = { do: 'submit', account: 'a', epoch: 'e', cid: 'c' };
const forward: Step = { do: 'forward', timeoutMs: 1, miners: [{ delayMs: 0, rows: 0 }] };
const cases: [steps: Step[], needed: string[]][] = [
  [[], []],
  [
    [
      { do: 'wait', ms: 1 },
      { do: 'cpu', ms: 1 },
    ],
    [],
  ],
  [[{ do: 'lock', key: 'k' }, { do: 'unlock' }], ['locks']],
  [[{ do: 'put', in: 'q' }], ['state']],
  [[{ do: 'each', keys: ['a'], steps: [submit] }], ['submit']],
  [[{ do: 'each', in: 'd', steps: [] }], ['state']],
  [
    [submit, forward],
    ['submit', 'fan-out'],
  ],
];

for (const [steps, needed] of cases) {
  test(`${JSON.stringify(steps.map((step) => step.do))} need ${needed.join(' and ') || 'nothing'} of a strategy`, () => {
    assert.deepEqual([...capabilitiesNeeded(steps)], needed);
  });
}

test('a trace needs what its operations do, not what its templates could', async (context) => {
  const header = { ...sampleHeader, templates: { ...sampleHeader.templates, cycle: [forward] } };
  const lines = traceLines(header, sampleOrder, { ...sampleOrder, op: 'hand-in', steps: [submit] });
  const { capabilities } = await validateTrace(await temporaryFile(context, 't.jsonl', lines));
  assert.deepEqual(capabilities, ['locks', 'state', 'submit']);
});
