import { IpcbenchError } from '../../errors.js';
import { shortLine } from '../../measure/plain-text.js';
import type { Meter } from '../meter.js';
import type { Assignment, Submission, SubmitAnswer, SubmitRequest } from './submission.js';

/** How submits travel over HTTP: what is sent, and what an answer means. */

export const submitPath = '/submit';
export const gaugesPath = '/gauges';
export const assignmentsPath = '/assignments';
/** `1`: the replica lags, the row of this submit has not come there yet. */
export const lagHeader = 'x-replica-lags';

/** The body of a submit. */
export interface SubmitBody {
  account: string;
  epoch: string;
  tier?: string;
  cid: string;
}

/** What the reference server answers with. */
export interface SubmitReply {
  seq: number | 'unknown';
  recovered: boolean;
  gateWaitMs: number;
  inGateMs: number;
  recoveryMs: number;
  indexHits: number;
  indexMisses: number;
  indexRebuilds: number;
}

/** The request of a submit that the trace wrote none of. */
export function plainRequestOf({ account, epoch, tier, cid }: Submission): SubmitRequest {
  const body: SubmitBody = { account, epoch, cid, ...(tier === undefined ? {} : { tier }) };
  return {
    method: 'POST',
    path: submitPath,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

/** The same as the reference server takes it, whatever request the trace has: that is meant for another endpoint. */
export function referenceRequestOf(submission: Submission): SubmitRequest {
  const request = plainRequestOf(submission);
  return submission.lagged ? { ...request, headers: { ...request.headers, [lagHeader]: '1' } } : request;
}

/** The request that puts rows into the replica. */
export function assignmentsRequestOf(rows: readonly Assignment[]): SubmitRequest {
  const headers = { 'content-type': 'application/json' };
  return { method: 'POST', path: assignmentsPath, headers, body: JSON.stringify(rows) };
}

/**
 * What an answer of the reference server says; its figures go to `meter`.
 * @throws IpcbenchError `PROTOCOL` when it is no such answer
 */
export function answerOf(status: number, text: string, meter: Meter): SubmitAnswer {
  const reply = parsed(text);
  if (status !== 200) return { status, accepted: false, seq: undefined, recovered: false, ...errorOf(reply) };
  if (!isReply(reply))
    throw new IpcbenchError(
      'PROTOCOL',
      `the server answered ${JSON.stringify(text.slice(0, 60))}, which is no answer to a submit`,
    );
  meter.figure?.('gateWaitMs', reply.gateWaitMs);
  meter.figure?.('inGateMs', reply.inGateMs);
  if (reply.recovered) meter.figure?.('recoveryMs', reply.recoveryMs);
  for (const name of ['indexHits', 'indexMisses', 'indexRebuilds'] as const)
    if (reply[name] > 0) meter.count?.(name, reply[name]);
  return { status, accepted: true, seq: reply.seq, recovered: reply.recovered };
}

/** What any server's answer says: of JSON with `seq` and `recovered` these, else the status alone. Numbers may be written as texts. */
export function foreignAnswerOf(status: number, text: string): SubmitAnswer {
  const { seq, recovered } = fieldsOf(parsed(text));
  const told = typeof seq === 'string' || typeof seq === 'number' || seq === undefined;
  // Whatever else stands there is no number, and is told as it was written.
  return { status, seq: told ? seq : JSON.stringify(seq), recovered: recovered === true };
}

const errorLettersAtMost = 100;

/** Why a server of our own refused it. */
function errorOf(reply: unknown): Pick<SubmitAnswer, 'error'> {
  const { error } = fieldsOf(reply);
  return typeof error === 'string' && error !== '' ? { error: shortLine(error, errorLettersAtMost) } : {};
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isReply(value: unknown): value is SubmitReply {
  const reply = fieldsOf(value);
  const numbers = ['gateWaitMs', 'inGateMs', 'recoveryMs', 'indexHits', 'indexMisses', 'indexRebuilds'];
  const seq = reply.seq === 'unknown' || Number.isSafeInteger(reply.seq);
  return seq && typeof reply.recovered === 'boolean' && numbers.every((name) => Number.isFinite(reply[name]));
}

/** Bytes of a message as HTTP/1.1 writes it: first line, a line a header, an empty line, the body. */
export function httpBytes(line: string, headers: Readonly<Record<string, unknown>>, body: string): number {
  let bytes = line.length + 13 + Buffer.byteLength(body);
  for (const [name, value] of Object.entries(headers)) bytes += name.length + String(value).length + 4;
  return bytes;
}
