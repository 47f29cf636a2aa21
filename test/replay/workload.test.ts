import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isIpcbenchError } from '#src/errors.js';
import type { TraceHeader, TraceOperation } from '#src/trace/operation.js';
import { every, headerOf, look, measured, merged, replayed, strategyOf } from './bench-trace.js';

const clerk = strategyOf('clerk');
const header: TraceHeader = headerOf([{ name: 'p0' }, { name: 'p1' }], {
  templates: {
    submit: [{ do: 'submit', account: 'a', epoch: 1, cid: '{cid}', seq: '{seq}', lagged: '{lagged}' }],
    look: [{ do: 'read', in: 'positions', key: '{key}' }],
  },
});

function submit(cid: string, seq: number, lagged: 0 | 1, process = 'p0'): Omit<TraceOperation, 'at'> {
  return { op: 'submit', process, fields: { cid, seq, lagged } };
}

test('figures, counts, gauges and checked answers of a workload come together over workers and rounds', async (context) => {
  const operations = merged(
    every(5, 10, (index) => submit(String(index), index, 1)),
    every(5, 6, (index) => submit(String(index), index, 0, 'p1')),
    every(5, 2, () => submit('full', 0, 0, 'p1')),
    every(5, 1, () => submit('late', 0, 0, 'p1')),
  );
  const result = measured(await replayed(context, header, operations, { strategies: [clerk], rounds: 2 }));
  const { submit: workload } = result.workload;
  assert.ok(workload !== undefined);
  assert.equal(workload.figures.gateWaitMs?.count, 32);
  assert.ok(Math.abs((workload.figures.gateWaitMs?.p50 ?? 0) - 2) < 0.01);
  assert.deepEqual(workload.counts, { indexMisses: 20, recoveries: 20, indexHits: 12, rejected: 4 });
  assert.deepEqual(workload.gauges, { indexEntries: 3, indexBytes: 1024 });
  assert.equal(result.rounds[0]?.workload?.submit?.counts.recoveries, 10);
  assert.deepEqual(workload.answers, { checked: 32, telling: 20, wrong: 0 });
  const { count, errors, timeouts } = result.operations.submit ?? assert.fail('there is no submit');
  assert.deepEqual([count, errors, timeouts], [38, 4, 2]);
  assert.deepEqual(result.safety.answers, { checked: 32, telling: 20, wrong: 0 });
  assert.equal(result.safety.verdict, 'safe');
  assert.match(result.safety.reason, /all 32 answers were right, 20 of them worked out/);
});

test('a wrong answer is unsafe, with an example that says which and by whom', async (context) => {
  const operations = every(5, 4, (index) => submit(index === 2 ? 'wrong' : String(index), index, 1));
  const { safety } = measured(await replayed(context, header, operations, { strategies: [clerk] }));
  assert.equal(safety.verdict, 'unsafe');
  assert.deepEqual(safety.answers, { checked: 4, telling: 4, wrong: 1 });
  const [example] = safety.examples;
  assert.equal(example?.kind, 'wrongAnswer');
  assert.match(example.text, /p0: cid wrong of a\|1 was answered 77, expected 2/);
});

test('right answers that were only looked up say nothing: unchecked', async (context) => {
  const operations = every(5, 3, (index) => submit(String(index), index, 0));
  const { safety } = measured(await replayed(context, header, operations, { strategies: [clerk] }));
  assert.equal(safety.verdict, 'unchecked');
});

test('a mixed trace is replayed on joined strategies, one row with the figures of each', async (context) => {
  const operations = merged(
    every(5, 4, (index) => submit(String(index), index, 1)),
    every(5, 4, () => look('a', 'p1')),
  );
  const label = `lock-pool:size=4+${clerk}`;
  const run = await replayed(context, header, operations, { strategies: [label] });
  const result = measured(run);
  assert.equal(result.label, label);
  assert.equal(result.strategy, 'lock-pool+clerk');
  assert.equal(result.operations.look?.count, 4);
  assert.equal(result.operations.look.errors, 0);
  assert.equal(result.workload.submit?.counts.recoveries, 4);
});

test('a strategy that lacks what the trace needs is refused before anything starts, naming those that can', async (context) => {
  const submits = every(5, 1, () => submit('1', 1, 0));
  const looks = every(5, 1, () => look('a'));
  const refused = (operations: TraceOperation[], strategies: string[], message: RegExp) =>
    assert.rejects(
      replayed(context, header, operations, { strategies }),
      (error) => isIpcbenchError(error, 'BAD_OPTION') && message.test(error.message),
    );
  await refused(submits, ['lock-pool'], /^lock-pool has no submit, which this trace needs: /);
  await refused(looks, [clerk], /clerk.mjs has no state, which this trace needs: use .*lock-pool/);
  await refused(
    merged(submits, looks),
    ['lock-pool'],
    /join one of each with \+: state from .*lock-pool.*; submit from /,
  );
});

test('strategies that were not named one by one are left out where they cannot, instead of refused', async (context) => {
  const operations = every(5, 2, (index) => submit(String(index), index, 0));
  const optional = ['lock-pool', clerk];
  const { results } = await replayed(context, header, operations, { strategies: optional, optional });
  assert.deepEqual(
    results.map(({ label }) => label),
    [clerk],
  );
});
