import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, isIpcbenchError } from '#src/errors.js';
import type { OperationRun } from '#src/replay/operation-run.js';
import { cannonEndpoint } from '#src/replay/submit/saturation.js';
import { compileSubmit } from '#src/replay/submit/submit-step.js';
import type { CheckedAnswer } from '#src/replay/workload-tally.js';
import { noMeter, type Session, type SubmitAnswer } from '#src/strategies/strategy.js';
import { answerOf, foreignAnswerOf } from '#src/strategies/submit/wire.js';
import type { RequestTemplate, SubmitStep } from '#src/trace/operation.js';
import { Bench, RecordingSession } from '../session.js';

const step: SubmitStep = { do: 'submit', account: 'a', epoch: 'e', cid: '{cid}' };

/** Settles an answer to a step that expects `status`, in a replay of this test's own. */
const settled = async (bench: Bench, status: number, answer: SubmitAnswer): Promise<void> => {
  const { submissionOf, settle } = compileSubmit({ ...step, status });
  const run = bench.run({ cid: 'c' });
  settle(run, submissionOf(run), answer, 0);
};

const refusals: [status: number, code: ErrorCode, says: RegExp][] = [
  [429, 'REJECTED', /^answered 429: too many submits in progress$/],
  [400, 'PROTOCOL', /^answered 400, expected 200$/],
];

for (const [status, code, says] of refusals) {
  test(`a ${status} of our own servers is an error, also where the trace expects it of another endpoint`, async (context) => {
    const bench = await Bench.open(context, new RecordingSession().session);
    await assert.rejects(
      settled(bench, status, answerOf(status, '', noMeter)),
      (error) => isIpcbenchError(error, code) && says.test(error.message),
    );
    await settled(bench, status, foreignAnswerOf(status, ''));
  });
}

test('a 429 of an endpoint that nobody knows is told as what it is, without a reason', async (context) => {
  const bench = await Bench.open(context, new RecordingSession().session);
  await assert.rejects(
    settled(bench, 201, foreignAnswerOf(429, '')),
    (error) => isIpcbenchError(error, 'REJECTED') && error.message === 'answered 429, expected 201',
  );
});

const filled: [what: string, request: RequestTemplate, value: string, says: RegExp][] = [
  ['a line break in a header', { path: '/', headers: { 'X-A': '{cid}' } }, 'x\r\nX-Injected: yes', /header X-A/],
  ['letters beyond Latin-1 in a header', { path: '/', headers: { 'X-A': '{cid}' } }, '☃', /header X-A/],
  ['a line break in a path', { path: '/g?a={cid}' }, 'x\r\nX-Injected: yes', /path/],
  ['a blank in a path', { path: '/g?a={cid}' }, 'x HTTP/1.1', /path/],
];

for (const [what, request, cid, says] of filled) {
  test(`a field that puts ${what} makes a request that is not sent, by whichever client`, () => {
    const { submissionOf } = compileSubmit({ ...step, request });
    const scope = (value: string) => ({ scope: { fields: { cid: value }, item: '' }, missRate: undefined });
    assert.throws(
      () => submissionOf(scope(cid)),
      (error) => isIpcbenchError(error, 'BAD_TRACE') && says.test(error.message) && !/[\r\n]/.test(error.message),
    );
    assert.equal(submissionOf(scope('fine')).cid, 'fine');
  });
}

test('autocannon is given neither https, whose certificates it would not check, nor submits that do not say how they travel', () => {
  const over = (...origins: string[]): Pick<Session, 'submits'> => {
    const http = { origins, requestOf: () => assert.fail(), bytesOf: () => 0, answerOf: () => assert.fail() };
    return { submits: { submit: () => assert.fail(), http } };
  };
  assert.deepEqual(cannonEndpoint(over('http://127.0.0.1:1')).origins, ['http://127.0.0.1:1']);
  const refuses = (session: Pick<Session, 'submits'>, says: RegExp) =>
    assert.throws(
      () => cannonEndpoint(session),
      (error) => isIpcbenchError(error, 'UNAVAILABLE') && says.test(error.message),
    );
  refuses(over('http://127.0.0.1:1', 'https://127.0.0.1:2'), /checks no certificates/);
  refuses({ submits: { submit: () => assert.fail() } }, /does not say how its submits travel/);
});

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
