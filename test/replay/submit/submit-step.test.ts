import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, isIpcbenchError } from '#src/errors.js';
import { cannonEndpoint } from '#src/replay/submit/saturation.js';
import { compileSubmit } from '#src/replay/submit/submit-step.js';
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
