import type { Socket } from 'node:net';
import type { CannonClient, CannonHead, CannonRequest } from 'autocannon';
import { IpcbenchError } from '../../errors.js';
import type { HttpEndpoint, Submission } from '../../strategies/strategy.js';
import { httpFailure } from '../../strategies/submit/http-failure.js';
import type { TraceOperation } from '../../trace/operation.js';
import type { Begun } from '../launcher.js';
import type { CompiledSubmit } from './submit-step.js';

/** By so much a timer may fire before its time, by another clock. */
const timerEarlyMs = 2;
/** Statuses whose answers have no body (RFC 9110, section 6.4.1). */
const withoutBody = [204, 304];

/** How a request ends whose connection did. */
export const unanswered = (): IpcbenchError =>
  new IpcbenchError('COORDINATOR_LOST', 'the connection was closed before it was answered');

/** An operation with the submit that it comes to. */
export interface Ready {
  operation: TraceOperation;
  compiled: CompiledSubmit;
  sent: Submission;
}

/** A request on its way. */
export interface Handed {
  begun: Begun;
  compiled: CompiledSubmit;
  sent: Submission;
  bytesSent: number;
  startNs: number;
}

/** What a connection needs of the saturation it belongs to. */
interface Owner {
  begin(ready: Ready): Handed;
  next(): Ready | undefined;
  /** Ends it all. */
  fail(what: string): void;
}

/** One of autocannon's connections: takes the next operation whenever it is free. */
export class CannonConnection {
  readonly #client: CannonClient;
  readonly #endpoint: HttpEndpoint;
  readonly #owner: Owner;
  #first: Ready | undefined;
  #handed: Handed | undefined;
  #last = false;
  #socket: Socket | undefined;
  /** Whether an answer has begun and not ended. */
  #answering = false;

  constructor(client: CannonClient, endpoint: HttpEndpoint, owner: Owner) {
    this.#client = client;
    this.#endpoint = endpoint;
    this.#owner = owner;
    client.on('headers', (head) => this.#look(head));
    client.on('request', () => this.#countConnection());
    client.on('connError', (error) => this.lose(httpFailure('the endpoint', error)));
    // After its last request it may end by the time-out: then no further request tells.
    client.on('done', () => this.lose(unanswered()));
  }

  /** autocannon builds the first request at once. */
  start(first: Ready | undefined): void {
    this.#first = first;
    this.#client.setRequests([
      {
        setupRequest: (request) => this.#hand(request),
        onResponse: (status, body, _, headers) => this.#answered(status, body, headers),
      },
    ]);
  }

  /** What it has handed over is its last: autocannon ends a connection that has sent `responseMax` requests. */
  endAfterThis(): void {
    this.#last = true;
    this.#client.responseMax = Math.max(this.#client.reqsMade, 1);
  }

  /** Now; what is on its way is not lost by the endpoint: it stays under way, and counts as unfinished. */
  end(): void {
    this.#handed = undefined;
    this.#client.destroy();
  }

  #look({ statusCode, shouldKeepAlive, headers }: CannonHead): void {
    this.#answering = true;
    const isBare = withoutBody.includes(statusCode);
    if (statusCode < 200) this.#owner.fail(`the endpoint gave an interim answer (${statusCode})`);
    else if (isBare && announcesBody(headers))
      this.#owner.fail(`the endpoint announced a body with a ${statusCode}, which has none`);
    else if (!shouldKeepAlive && !isBare)
      this.#owner.fail('the endpoint closes connections after an answer, or does not tell how long an answer is');
  }

  /** Connections are counted once they are there, as those of the other client are. */
  #countConnection(): void {
    const { conn } = this.#client;
    if (conn === this.#socket) return;
    this.#socket = conn;
    conn.once('connect', () => this.#handed?.begun.run.stopwatch.connection(0, 0, 0));
  }

  /** The request on its way gets no answer any more. */
  lose(failure: IpcbenchError): void {
    const handed = this.#handed;
    if (handed === undefined) return;
    const isCut = this.#answering;
    this.#handed = undefined;
    this.#answering = false;
    this.#forgetAnswer();
    const { begun, compiled, startNs } = handed;
    const late = begun.run.nowNs() - startNs >= (compiled.timeoutMs - timerEarlyMs) * 1e6;
    begun.end(late ? timedOut(compiled.timeoutMs, isCut) : failure);
    if (isCut && !late) this.#owner.fail('the endpoint ended a connection in the middle of an answer');
  }

  /** Its parser and its list of requests outlive the connection: what an answer left in them would become part of the next one. */
  #forgetAnswer(): void {
    const { parser, pipelinedRequests } = this.#client;
    parser.reinitialize(parser.type);
    pipelinedRequests.clear();
  }

  #hand(request: CannonRequest): CannonRequest {
    this.lose(unanswered());
    const ready = this.#first ?? this.#owner.next();
    this.#first = undefined;
    if (ready === undefined) {
      // The part has ended meanwhile: what it writes now goes nowhere.
      this.#client.destroy();
      return request;
    }
    const handed = this.#owner.begin(ready);
    this.#handed = handed;
    this.#client.timeout = handed.compiled.timeoutMs;
    handed.begun.run.stopwatch.enter('wait');
    const { method, path, headers, body } = this.#endpoint.requestOf(handed.sent);
    if (method === 'HEAD') this.#owner.fail('the trace has a HEAD request, whose answer has no body');
    handed.bytesSent = this.#endpoint.bytesOf(`${method} ${path}`, headers, body ?? '');
    // While a request is being built it is not counted yet.
    if (this.#last) this.#client.responseMax = this.#client.reqsMade + 1;
    return { ...request, method, path, headers: { ...headers }, ...(body === undefined ? {} : { body }) };
  }

  #answered(status: number, body: string, headers: Readonly<Record<string, unknown>>): void {
    const handed = this.#handed;
    this.#answering = false;
    if (handed === undefined) return;
    this.#handed = undefined;
    const { begun, compiled, sent, bytesSent, startNs } = handed;
    begun.run.stopwatch.call(bytesSent, this.#endpoint.bytesOf('200 OK', headers, String(body)));
    try {
      const answer = this.#endpoint.answerOf(status, String(body), begun.run.workload('submit'));
      compiled.settle(begun.run, sent, answer, startNs);
      begun.end(undefined);
    } catch (error) {
      begun.end(error);
    }
  }
}

/** @param headers names and values in turn */
function announcesBody(headers: readonly string[]): boolean {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]?.toLowerCase();
    if (name === 'transfer-encoding' || (name === 'content-length' && Number(headers[index + 1]) !== 0)) return true;
  }
  return false;
}

function timedOut(timeoutMs: number, hadBegun: boolean): IpcbenchError {
  const what = hadBegun ? 'an answer that had begun did not end' : 'no answer';
  return new IpcbenchError('TIMEOUT', `${what} within ${timeoutMs} ms`);
}
