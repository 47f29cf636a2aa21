import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateSubmits } from '#src/trace/generate/submits.js';
import { look, measured, merged, plainHeader, replayed } from '../bench-trace.js';

/** Small allotments, so that a recovery is cheap on any machine; every row missing unless told otherwise. */
const allotment = 50;
const generated = (more: Parameters<typeof generateSubmits>[0] = {}) => {
  const values = {
    epochs: 1,
    epochMs: 600,
    accounts: 6,
    perSecond: 50,
    missShare: 1,
    bogusShare: 0.2,
    foreignShare: 0.1,
  };
  const { header, operations } = generateSubmits({ ...values, allotment, unknownTierShare: 0.3, ...more });
  return { header, operations: [...operations] };
};
const options = `allotment=${allotment},wait=1h,lookup=0ms,work=0ms`;

test('scan and index answer every submit of a trace alike and right, over several servers and any gate', async (context) => {
  const { header, operations } = generated();
  const shared = 'servers=2,gate=shared,slots=3';
  const strategies = [`submit-scan:${options}`, `submit-index:${options},size=2`, `submit-index:${options},${shared}`];
  const run = await replayed(context, header, operations, { strategies, servers: 2 });
  for (const [index] of strategies.entries()) {
    const result = measured(run, index);
    const { count, errors, timeouts, unfinished } = result.operations.submit ?? assert.fail('no submit');
    assert.deepEqual([count, errors, timeouts, unfinished], [operations.length, 0, 0, 0]);
    assert.deepEqual(result.safety.answers, { checked: operations.length, telling: operations.length, wrong: 0 });
    assert.equal(result.safety.verdict, 'safe');
    const { figures, counts, gauges } = result.workload.submit ?? assert.fail('no workload');
    assert.equal(counts.recoveries, operations.length);
    for (const name of ['gateWaitMs', 'inGateMs', 'recoveryMs']) assert.equal(figures[name]?.count, operations.length);
    const names = result.coordinators.map(({ name }) => name);
    assert.deepEqual(names, ['replica', ...(index === 2 ? ['gate'] : []), 'server-1', 'server-2']);
    if (index === 0) assert.deepEqual(gauges, {});
    else assert.ok((counts.indexHits ?? 0) + (counts.indexMisses ?? 0) >= operations.length);
    if (index === 1) assert.deepEqual([gauges.indexEntries, gauges.indexCapacity], [4, 4]);
  }
  assert.equal(measured(run, 0).options.servers, 2);
});

test('a miss rate stands in for what was recorded, with the same lots on every strategy', async (context) => {
  const { header, operations } = generated({ missShare: 0, bogusShare: 0, foreignShare: 0 });
  const strategies = [`submit-scan:${options}`, `submit-index:${options}`];
  const recoveries = async (missRate?: number): Promise<(number | undefined)[]> => {
    const more = missRate === undefined ? {} : { missRate };
    const run = await replayed(context, header, operations, { strategies, ...more });
    return strategies.map((_, index) => measured(run, index).workload.submit?.counts.recoveries);
  };
  assert.deepEqual(await recoveries(), [undefined, undefined]);
  assert.deepEqual(await recoveries(1), [operations.length, operations.length]);
  const [scan = 0, index = 0] = await recoveries(0.5);
  assert.equal(scan, index);
  assert.ok(scan > 0 && scan < operations.length);
});

test('a secret that is not that of the trace makes every answer wrong: unsafe, and the reason asks for it', async (context) => {
  const { header, operations } = generated({ bogusShare: 0, foreignShare: 0 });
  const { safety } = measured(
    await replayed(context, header, operations, {
      strategies: [`submit-index:${options},secret-file=${new URL(import.meta.url).pathname}`],
    }),
  );
  assert.equal(safety.verdict, 'unsafe');
  assert.equal(safety.answers?.wrong, operations.length);
  assert.match(safety.reason, /are secret-file=, tiers= and allotment= those of the trace\?/);
});

test('a gate that is too small for too long answers 429, which counts and is told', async (context) => {
  const { header, operations } = generated({ burst: 30, burstGapMs: 0, perSecond: 0 });
  const small = `submit-scan:allotment=${allotment},slots=1,wait=0ms,lookup=20ms,work=0ms`;
  const result = measured(await replayed(context, header, operations, { strategies: [small] }));
  const { rejected = 0 } = result.workload.submit?.counts ?? {};
  assert.ok(rejected > 0);
  assert.equal(result.operations.submit?.errors, rejected);
});

test('orders and submits in one trace replay as one load on joined strategies', async (context) => {
  const submits = generated();
  const header = {
    ...submits.header,
    structures: plainHeader.structures,
    processes: [...submits.header.processes, { name: 'p0' }],
    templates: { ...plainHeader.templates, ...submits.header.templates },
  };
  const { operations: _, ...open } = header;
  const orders = Array.from({ length: 20 }, (_, index) => ({ at: index * 20, ...look('a'), op: 'order' }));
  const operations = merged(submits.operations, orders);
  const strategies = [`lock-pool:size=4+submit-index:${options}`, `submit-scan:${options}+single-manager`];
  const run = await replayed(context, open, operations, { strategies });
  for (const index of [0, 1]) {
    const { operations: kinds, workload, coordinators } = measured(run, index);
    assert.deepEqual([kinds.order?.count, kinds.order?.errors], [20, 0]);
    assert.deepEqual([kinds.submit?.count, kinds.submit?.errors], [submits.operations.length, 0]);
    assert.equal(workload.submit?.counts.recoveries, submits.operations.length);
    assert.equal(coordinators.length, 3);
  }
});

test('a server that is killed in the middle and started again is found again; what fell in between failed, and nothing hangs', async (context) => {
  const { header, operations } = generated({ epochMs: 4000 });
  // A quarter around the fault, and the rest once even a slow machine has started the server again.
  const around = Math.floor(operations.length / 4);
  const timed = operations.map((operation, index) => ({
    ...operation,
    at: index < around ? index * 40 : 12_000 + (index - around) * 15,
  }));
  const faults = ['restart-coordinator@1s'];
  const result = measured(
    await replayed(context, { ...header, durationMs: 15_000 }, timed, {
      strategies: [`submit-index:${options}`],
      faults,
    }),
  );
  const { count, errors, unfinished } = result.operations.submit ?? assert.fail('no submit');
  assert.deepEqual([count, unfinished], [operations.length, 0]);
  const { checked = 0, wrong } = result.safety.answers ?? {};
  assert.deepEqual([checked + errors, wrong], [count, 0]);
  assert.ok(errors <= around, `${errors} of ${count} failed`);
  // The replica, which is started before it, is spared: it would come back without its rows.
  assert.deepEqual(
    result.faults.map(({ kind, target }) => [kind, target.replace(/\d+\)$/, '…)')]),
    [['restart-coordinator', 'coordinator server-1 (pid …)']],
  );
});

test('a request that the trace has for another endpoint is not what the reference servers are sent', async (context) => {
  const { header, operations } = generated({ missShare: 0.5, bogusShare: 0, foreignShare: 0 });
  const [step] = header.templates?.submit ?? [];
  assert.ok(step?.do === 'submit');
  const request = { method: 'PUT', path: '/v1/hand-in', headers: { Authorization: 'Bearer theirs' }, body: '{cid}' };
  const theirs = { ...header, templates: { submit: [{ ...step, status: 201, request }] } };
  const result = measured(await replayed(context, theirs, operations, { strategies: [`submit-scan:${options}`] }));
  const { count, errors } = result.operations.submit ?? assert.fail('no submit');
  assert.deepEqual([count, errors], [operations.length, 0], JSON.stringify(result.operations.submit?.errorExamples));
  const lagged = operations.filter(({ fields }) => fields?.lagged === 1).length;
  assert.ok(lagged > 0 && lagged < count);
  assert.equal(result.workload.submit?.counts.recoveries, lagged);
});
