import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generatorNamed, regenerated } from '#src/trace/generate/index.js';
import { generateLedger } from '#src/trace/generate/ledger.js';
import type { LedgerParameters } from '#src/trace/generate/ledger-parameters.js';
import { validateTrace } from '#src/trace/reader.js';
import { writeTrace } from '#src/trace/writer.js';
import { sampleHeader, temporaryFolder } from '../sample.js';

const kindsOf = (values: Partial<LedgerParameters>): Record<string, number> => {
  const kinds: Record<string, number> = {};
  for (const { op } of generateLedger(values).operations) kinds[op] = (kinds[op] ?? 0) + 1;
  return kinds;
};

for (const [values, kinds] of [
  [{}, {}],
  [{ patchPeriodMs: 1000 }, { update: 8 }],
  [{ patchPeriodMs: 100_000 }, {}],
  [{ smallPeriodMs: 1000 }, { 'write-each': 8, 'write-batch': 8 }],
  [
    { replacePeriodMs: 2000, clearPeriodMs: 4000 },
    { replace: 4, fill: 2, clear: 2 },
  ],
] as const) {
  test(`ledger parameters ${JSON.stringify(values)} give ${JSON.stringify(kinds)}`, () => {
    assert.deepEqual(kindsOf(values), kinds);
  });
}

test('all kinds of ledger access together make one valid trace, in order of time', async (context) => {
  const values = {
    patchPeriodMs: 500,
    smallPeriodMs: 700,
    replacePeriodMs: 900,
    clearPeriodMs: 1100,
    readsPerSecond: 100,
    ordersPerSecond: 10,
  };
  const { header, operations } = generateLedger(values);
  const path = `${await temporaryFolder(context)}/t.jsonl`;
  await writeTrace(path, header, operations);
  const summary = await validateTrace(path);
  assert.equal(summary.operations, header.operations);
  assert.equal(Object.keys(summary.kinds).length, 8);
});

test('a replacement comes under other keys than the one before, so that those are deleted', () => {
  const generations = [...generateLedger({ replacePeriodMs: 2000 }).operations].map(({ fields }) => fields?.generation);
  assert.deepEqual(generations, ['even', 'odd', 'even', 'odd']);
});

test('a generated trace can be made again from its header, as it was or with a parameter changed', () => {
  for (const name of ['orders', 'ledger']) {
    const trace = generatorNamed(name).generate({ durationMs: 2000, readsPerSecond: 50 }, { seed: 5, name: 'mine' });
    const again = regenerated(trace.header, {});
    assert.deepEqual(again.header, trace.header);
    assert.deepEqual([...again.operations], [...trace.operations]);
    const { header } = regenerated(trace.header, { readsPerSecond: 100 });
    assert.ok((header.operations ?? 0) > (trace.header.operations ?? 0));
  }
  assert.throws(() => regenerated(sampleHeader, {}), {
    code: 'BAD_OPTION',
    message: /was recorded, expected a generated one/,
  });
});
