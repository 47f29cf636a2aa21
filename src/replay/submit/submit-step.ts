import { IpcbenchError } from '../../errors.js';
import type { Submission, SubmitAnswer, SubmitRequest } from '../../strategies/strategy.js';
import type { RequestTemplate, SubmitStep } from '../../trace/operation.js';
import type { OperationRun } from '../operation-run.js';
import { compileText, type Resolver } from '../resolver.js';

const defaultTimeoutMs = 10_000;
const defaultStatus = 200;
export const rejectedStatus = 429;

/** Makes a `submit` step ready to run: hands the submit in, and holds the answer against the trace. */
export function compileSubmit(step: SubmitStep): (run: OperationRun) => Promise<void> {
  const submission = compileSubmission(step);
  const expectedSeq = step.seq === undefined ? undefined : compileText(String(step.seq));
  const { timeoutMs = defaultTimeoutMs, status: expectedStatus = defaultStatus } = step;
  return async (run) => {
    const { submits } = run.session('wait');
    if (submits === undefined) throw new IpcbenchError('UNAVAILABLE', 'this strategy takes no submits');
    const meter = run.workload('submit');
    const sent = submission(run.scope);
    const startNs = run.nowNs();
    const answer = await submits.submit(sent, { timeoutMs, signal: run.signal }, meter);
    if (answer.status !== expectedStatus) throw unexpected(answer, expectedStatus, meter);
    if (answer.recovered) meter.count('recoveries');
    if (expectedSeq !== undefined && (answer.seq !== undefined || sent.request === undefined))
      checkAnswer(run, sent, answer, expectedSeq(run.scope), startNs);
  };
}

function compileSubmission(step: SubmitStep): Resolver<Submission> {
  const [account, epoch, cid] = [step.account, String(step.epoch), step.cid].map(compileText) as [Text, Text, Text];
  const tier = compileText(String(step.tier ?? 'unknown'));
  const lagged = step.lagged === undefined ? undefined : compileText(String(step.lagged));
  const request = step.request === undefined ? undefined : compileRequest(step.request);
  return (scope) => {
    const known = tier(scope);
    return {
      account: account(scope),
      epoch: epoch(scope),
      tier: known === 'unknown' ? undefined : known,
      cid: cid(scope),
      lagged: lagged === undefined ? undefined : lagged(scope) === '1',
      ...(request === undefined ? {} : { request: request(scope) }),
    };
  };
}

type Text = Resolver<string>;

function compileRequest({ method = 'POST', path, headers = {}, body }: RequestTemplate): Resolver<SubmitRequest> {
  const pathOf = compileText(path);
  const headersOf = Object.entries(headers).map(([name, value]) => [name, compileText(value)] as const);
  const bodyOf = compileBody(body);
  return (scope) => ({
    method: method.toUpperCase(),
    path: pathOf(scope),
    headers: Object.fromEntries(headersOf.map(([name, value]) => [name, value(scope)])),
    body: bodyOf(scope),
  });
}

/** JSON is filled text by text and put together afterwards, so that a quote in a field cannot break it. */
function compileBody(body: RequestTemplate['body']): Resolver<string | undefined> {
  if (body === undefined) return () => undefined;
  if (typeof body === 'string') return compileText(body);
  const filled = compileJson(body);
  return (scope) => JSON.stringify(filled(scope));
}

function compileJson(value: unknown): Resolver<unknown> {
  if (typeof value === 'string') return compileText(value);
  if (Array.isArray(value)) {
    const parts = value.map(compileJson);
    return (scope) => parts.map((part) => part(scope));
  }
  if (typeof value !== 'object' || value === null) return () => value;
  const fields = Object.entries(value).map(([name, inner]) => [name, compileJson(inner)] as const);
  return (scope) => Object.fromEntries(fields.map(([name, inner]) => [name, inner(scope)]));
}

function unexpected({ status }: SubmitAnswer, expected: number, meter: { count(name: string): void }): IpcbenchError {
  if (status !== rejectedStatus) {
    meter.count('unexpectedStatus');
    return new IpcbenchError('PROTOCOL', `answered ${status}, expected ${expected}`);
  }
  meter.count('rejected');
  return new IpcbenchError('REJECTED', `answered ${status}: too many submits in progress`);
}

function checkAnswer(
  run: OperationRun,
  { account, epoch, cid }: Submission,
  { seq, recovered }: SubmitAnswer,
  expected: string,
  startNs: number,
): void {
  const key = `${account}|${epoch}`;
  const told = seq === undefined ? 'no sequence number' : String(seq);
  const right = told === expected;
  const example = `cid ${cid.slice(0, 16)} of ${key} was answered ${told}, expected ${expected}`;
  run.answered('submit', { right, telling: recovered, key, example, startNs });
}
