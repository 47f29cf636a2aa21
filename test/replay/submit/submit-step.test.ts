import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isIpcbenchError } from '#src/errors.js';
import type { OperationRun } from '#src/replay/operation-run.js';
import { compileSubmit } from '#src/replay/submit/submit-step.js';
import type { CheckedAnswer } from '#src/replay/workload-tally.js';
import type { SubmitAnswer } from '#src/strategies/strategy.js';

const cid = 'a'.repeat(64);
const sent = { account: 'a', epoch: '1', tier: undefined, cid, lagged: true };

/** What comes of an answer where the trace expects `expected`: undefined where it was not checked. */
function checked(expected: number | 'unknown', answer: Partial<SubmitAnswer>): CheckedAnswer | undefined {
  let found: CheckedAnswer | undefined;
  const run = {
    scope: { fields: {}, item: '' },
    workload: () => ({ count: () => {} }),
    answered: (_: string, { right, telling, unresolved = false }: CheckedAnswer) => {
      found = { right, telling, unresolved };
    },
  } as unknown as OperationRun;
  const { settle } = compileSubmit({ do: 'submit', account: 'a', epoch: 1, cid, seq: expected });
  settle(run, sent, { status: 200, seq: undefined, recovered: true, ...answer }, 0);
  return found;
}

const last = 2 ** 53 - 1;
const judged: [answered: number | string | undefined, expected: number | 'unknown', right: boolean | undefined][] = [
  [5, 5, true],
  ['5', 5, true],
  ['005', 5, true],
  ['99', 5, false],
  [1e300, 5, false],
  ['null', 5, false],
  ['5.0', 5, false],
  ['', 0, false],
  [String(last), last, true],
  [String(BigInt(last) + 1n), last, false],
  ['unknown', 'unknown', true],
  ['unknown', 5, false],
  ['5', 'unknown', false],
  [5, 'unknown', false],
  // An endpoint may have its own way to say that there is no row.
  ['null', 'unknown', undefined],
  [undefined, 5, undefined],
];

for (const [answered, expected, right] of judged) {
  const verdict = right === undefined ? 'not checked' : right ? 'right' : 'wrong';
  test(`the answer ${JSON.stringify(answered)} is ${verdict} where the trace expects ${expected}`, () => {
    assert.equal(checked(expected, { seq: answered })?.right, right);
  });
}

test('a server of our own that recovered nothing may have been told another secret; an endpoint of one’s own has none', () => {
  const nothing = { seq: 'unknown', recovered: true };
  assert.equal(checked(5, { ...nothing, accepted: true })?.unresolved, true);
  for (const answer of [
    nothing,
    { ...nothing, accepted: true, seq: 6 },
    { ...nothing, accepted: true, recovered: false },
  ])
    assert.equal(checked(5, answer)?.unresolved, false);
  assert.equal(checked('unknown', { ...nothing, accepted: true })?.unresolved, false);
});

test('a server that refuses is told with its own words', () => {
  assert.throws(
    () => checked(5, { status: 400, error: '"cid": expected 64 hex digits' }),
    (error) =>
      isIpcbenchError(error, 'PROTOCOL') &&
      error.message === 'answered 400, expected 200: "cid": expected 64 hex digits',
  );
});
