import { IpcbenchError } from '../../errors.js';
import { isChallengeId } from '../../measure/challenge.js';
import { httpSyntax } from '../../measure/http-syntax.js';
import { shortLine } from '../../measure/plain-text.js';
import type { Assignment, Submission, SubmitAnswer, SubmitRequest } from '../../strategies/strategy.js';
import { isCount } from '../../trace/check/value.js';
import type { RequestTemplate, SubmitStep } from '../../trace/operation.js';
import { hashOf } from '../evidence.js';
import type { OperationRun } from '../operation-run.js';
import { compileText, type Resolver } from '../resolver.js';
import { sentHeaders } from './sent-headers.js';

const defaultTimeoutMs = 10_000;
const defaultStatus = 200;
const rejectedStatus = 429;

/** What a submission is filled in with. */
export type Filling = Pick<OperationRun, 'scope' | 'missRate'>;

/** A `submit` step made ready to run, by whichever driver. */
export interface CompiledSubmit {
  timeoutMs: number;
  /** @throws IpcbenchError `BAD_TRACE` for a request that HTTP cannot carry */
  submissionOf(of: Filling): Submission;
  /**
   * Holds an answer against the trace.
   * @throws IpcbenchError `REJECTED` (429), `PROTOCOL` (any other status than was expected)
   */
  settle(run: OperationRun, sent: Submission, answer: SubmitAnswer, startNs: number): void;
}

/** Makes a `submit` step ready to run: hands the submit in, and holds the answer against the trace. */
export function submitRunner(step: SubmitStep): (run: OperationRun) => Promise<void> {
  const { submissionOf, settle, timeoutMs } = compileSubmit(step);
  return async (run) => {
    const { submits } = run.session('wait');
    if (submits === undefined) throw new IpcbenchError('UNAVAILABLE', 'this strategy takes no submits');
    const sent = submissionOf(run);
    const startNs = run.nowNs();
    const answer = await submits.submit(sent, { timeoutMs, signal: run.signal }, run.workload(workload));
    settle(run, sent, answer, startNs);
  };
}

const workload = 'submit';
/** A tier or a sequence number that nobody knows. */
const unknown = 'unknown';

export function compileSubmit(step: SubmitStep): CompiledSubmit {
  const expectedSeq = step.seq === undefined ? undefined : compileText(String(step.seq));
  const { timeoutMs = defaultTimeoutMs, status: expectedStatus = defaultStatus } = step;
  return {
    timeoutMs,
    submissionOf: compileSubmission(step),
    settle: (run, sent, answer, startNs) => {
      if (!(answer.accepted ?? answer.status === expectedStatus))
        throw unexpected(answer, expectedStatus, run.workload(workload));
      if (answer.recovered) run.workload(workload).count('recoveries');
      const { seq } = answer;
      if (expectedSeq === undefined || seq === undefined) return;
      const expected = expectedSeq(run.scope);
      if (expected !== unknown || isSequence(seq)) checkAnswer(run, sent, { ...answer, seq }, expected, startNs);
    },
  };
}

function compileSubmission(step: SubmitStep): (of: Filling) => Submission {
  const named = compileNames(step);
  const laggedOf = step.lagged === undefined ? undefined : compileText(String(step.lagged));
  const request = step.request === undefined ? undefined : compileRequest(step.request);
  return ({ scope, missRate }) => {
    const names = named(scope);
    const lagged = missRate === undefined ? laggedOf?.(scope) === '1' : isDrawn(names.cid, missRate);
    return { ...names, lagged, ...(request === undefined ? {} : { request: request(scope) }) };
  };
}

/** What a submit names its row by. */
function compileNames(step: SubmitStep): Resolver<Pick<Submission, 'account' | 'epoch' | 'tier' | 'cid'>> {
  const [account, epoch, cid] = [compileText(step.account), compileText(String(step.epoch)), compileText(step.cid)];
  const tier = compileText(String(step.tier ?? unknown));
  return (scope) => {
    const known = tier(scope);
    return {
      account: account(scope),
      epoch: epoch(scope),
      tier: known === unknown ? undefined : known,
      cid: cid(scope),
    };
  };
}

/**
 * The row that a submit names, as the table behind the replica has it; undefined where there is none: the challenge id is foreign, bogus
 * or malformed, or the trace does not say which row it is.
 */
export function assignmentRunner(step: SubmitStep): Resolver<Assignment | undefined> {
  const named = compileNames(step);
  const seq = compileText(String(step.seq ?? unknown));
  return (scope) => {
    const { tier, ...names } = named(scope);
    const number = seq(scope);
    const row = { ...names, seq: Number(number) };
    const whole = number !== '' && isCount(row.seq);
    if (!whole || !isChallengeId(row.cid) || row.account === '' || row.epoch === '') return undefined;
    return tier === undefined ? row : { ...row, tier };
  };
}

/** The same lots in every round, on every strategy: they are drawn from the challenge id. */
function isDrawn(cid: string, share: number): boolean {
  const lots = 2 ** 20;
  return (Number(hashOf(cid)) % lots) / lots < share;
}

function compileRequest({ method = 'POST', path, headers = {}, body }: RequestTemplate): Resolver<SubmitRequest> {
  const pathOf = compileText(path);
  const headersOf = sentHeaders(headers).map(([name, value]) => [name, compileText(value)] as const);
  const bodyOf = compileBody(body);
  return (scope) => {
    const filledPath = pathOf(scope);
    const filledHeaders = headersOf.map(([name, value]) => [name, value(scope)] as const);
    refuseUnsendable(filledPath, filledHeaders);
    return {
      method: method.toUpperCase(),
      path: filledPath,
      headers: Object.fromEntries(filledHeaders),
      body: bodyOf(scope),
    };
  };
}

/** The texts of a trace are checked when it is read; what its fields put into them is not, and not every client looks. */
function refuseUnsendable(path: string, headers: readonly (readonly [name: string, value: string])[]): void {
  const [name] = headers.find(([, value]) => !httpSyntax.headerValue.test(value)) ?? [];
  const what = httpSyntax.path.test(path) ? (name === undefined ? undefined : `header ${name}`) : 'path';
  if (what === undefined) return;
  throw new IpcbenchError(
    'BAD_TRACE',
    `a request was not sent: with the operation's fields filled in, its ${what} holds what HTTP cannot carry`,
  );
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

function unexpected(
  { status, accepted, error }: SubmitAnswer,
  expected: number,
  meter: { count(name: string): void },
): IpcbenchError {
  const isOwn = accepted !== undefined;
  const told = `answered ${status}, expected ${isOwn ? defaultStatus : expected}`;
  if (status !== rejectedStatus) {
    meter.count('unexpectedStatus');
    return new IpcbenchError('PROTOCOL', error === undefined ? told : `${told}: ${error}`);
  }
  meter.count('rejected');
  // Why somebody else's endpoint turns one away, nobody knows here.
  return new IpcbenchError('REJECTED', isOwn ? `answered ${status}: too many submits in progress` : told);
}

function checkAnswer(
  run: OperationRun,
  { account, epoch, cid }: Submission,
  { seq, recovered, accepted = false }: SubmitAnswer & { seq: number | string },
  expected: string,
  startNs: number,
): void {
  const key = `${account}|${epoch}`;
  const right = isSameSeq(seq, expected);
  // Of servers of our own, which recover with a secret, tiers and an allotment that may not be those of the trace.
  const unresolved = accepted && recovered && seq === unknown && !right;
  const told = shortLine(String(seq), answerLettersAtMost);
  const example = `cid ${cid.slice(0, 16)} of ${key} was answered ${told}, expected ${expected}`;
  run.answered('submit', { right, telling: recovered, unresolved, key, example, startNs });
}

const answerLettersAtMost = 40;
const digits = /^\d+$/;

/** Whether it names a row, or says that there is none; an endpoint may have yet another way to say that, such as null. */
function isSequence(seq: number | string): boolean {
  return typeof seq === 'number' || digits.test(seq) || seq === unknown;
}

/** As numbers: a trace and a server may write one in two ways, and a text may have more digits than a number holds. */
function isSameSeq(answered: number | string, expected: string): boolean {
  if (typeof answered === 'number') return expected !== unknown && answered === Number(expected);
  if (digits.test(answered) && digits.test(expected)) return BigInt(answered) === BigInt(expected);
  return answered === expected;
}
