import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allotmentName, challengeId, challengeKey, generatedSecret } from '#src/measure/challenge.js';
import { generateMixed } from '#src/trace/generate/mixed.js';
import { generateSubmits } from '#src/trace/generate/submits.js';
import { submitsPresets } from '#src/trace/generate/submits-parameters.js';
import type { TraceOperation } from '#src/trace/operation.js';

const key = challengeKey(generatedSecret);

function preset(name: string): TraceOperation[] {
  const { values, seed } = submitsPresets[name] ?? assert.fail(`no preset ${name}`);
  return [...generateSubmits(values, { seed, name }).operations];
}

const field = ({ fields }: TraceOperation, name: string): string => String(fields?.[name]);

/** Whether the challenge id belongs to this account's row of that number, in its tier or in any where that is not known. */
function belongs(operation: TraceOperation, seq: number): boolean {
  const tier = field(operation, 'tier');
  return (tier === 'unknown' ? ['basic', 'silver', 'gold'] : [tier]).some((each) => {
    const allotment = allotmentName(field(operation, 'account'), field(operation, 'epoch'), each);
    return challengeId(key, allotment, seq) === field(operation, 'cid');
  });
}

test('every challenge id belongs to the row that the trace says, and bogus ones to none', () => {
  const { operations } = generateSubmits({ perSecond: 20, bogusShare: 0.1, foreignShare: 0.1 }, { seed: 3 });
  let [known, unknown] = [0, 0];
  for (const operation of operations) {
    const seq = field(operation, 'seq');
    if (seq === 'unknown') unknown += 1;
    else {
      known += 1;
      assert.ok(belongs(operation, Number(seq)), `${field(operation, 'account')} ${seq}`);
    }
  }
  assert.ok(known > 200 && unknown > 40);
});

test('an epoch of submits-lagged begins with submits 9 ms apart, 50 of 33 accounts at most, missing while the replica lags', () => {
  const all = preset('submits-lagged');
  assert.equal(all.length, 150);
  for (const epoch of [0, 1, 2]) {
    const own = all.filter((operation) => field(operation, 'epoch') === `e${epoch}`);
    const afterMs = own.map(({ at = 0 }) => at - epoch * 8000);
    assert.equal(own.length, 50);
    assert.ok(new Set(own.map((operation) => field(operation, 'account'))).size <= 33);
    for (let index = 0; index < 20; index++) assert.ok(afterMs.includes(index * 9));
    for (const [index, operation] of own.entries())
      if ((afterMs[index] ?? 0) < 4000) assert.equal(field(operation, 'lagged'), '1');
  }
});

test('accounts of submits-wide come in turn, so that 64 maps never hold the next one', () => {
  const accounts = preset('submits-wide').map((operation) => field(operation, 'account'));
  for (let from = 0; from + 100 <= accounts.length; from++)
    assert.equal(new Set(accounts.slice(from, from + 100)).size, 100);
});

test('a mixed trace holds what it was asked for, in order of time', () => {
  const kindsOf = (values: Parameters<typeof generateMixed>[0]): string[] => {
    const { header, operations } = generateMixed({ durationMs: 6000, ...values });
    const list = [...operations];
    const due = list.flatMap(({ at }) => (at === undefined ? [] : [at]));
    assert.deepEqual(
      due,
      due.toSorted((a, b) => a - b),
    );
    assert.equal(header.operations, list.length);
    return [...new Set(list.map(({ op }) => op))].filter((op) => ['order', 'submit', 'forward'].includes(op)).sort();
  };
  assert.deepEqual(kindsOf({}), ['forward', 'order', 'submit']);
  assert.deepEqual(kindsOf({ cyclePeriodMs: 0 }), ['order', 'submit']);
  assert.deepEqual(kindsOf({ ordersPerSecond: 0, submitsPerSecond: 0 }), ['forward']);
});
