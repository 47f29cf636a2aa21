import type { Cannonade, CannonClient, CannonHead, CannonRequest } from 'autocannon';
import { IpcbenchError, messageOf } from '../../errors.js';
import type { HttpEndpoint, Submission } from '../../strategies/strategy.js';
import type { SubmitStep, TraceOperation } from '../../trace/operation.js';
import type { Begun, Launcher } from '../launcher.js';
import type { OperationSource } from '../operation-source.js';
import type { Part } from '../part.js';
import { type CompiledSubmit, compileSubmit } from './submit-step.js';

/** How often autocannon looks whether it is done, milliseconds. */
const lookEveryMs = 50;
/** Nothing ends by this: connections end when the trace does. Seconds. */
const longSeconds = 2_000_000;
/** By so much a timer may fire before its time, by another clock. */
const timerEarlyMs = 2;
/** Statuses whose answers have no body (RFC 9110, section 6.4.1). */
const withoutBody = [204, 304];
const unanswered = 'was closed before it was answered';

/**
 * Closed loop on an HTTP endpoint: autocannon keeps `concurrency` connections busy, and what each request took is measured here, when it
 * was handed over and when its answer was there. Nothing that autocannon computes is used: it keeps whole milliseconds, and its correction
 * of latencies comes with a rate alone, which is not given.
 *
 * Its client follows plain HTTP/1.1 with connections that are kept and answers that tell their length. On anything else it gives answers to the
 * wrong requests or waits for ever (it has one parser for all connections of a client, and takes an interim answer for the answer): that is
 * noticed, and nothing is measured then.
 */
export class Saturation {
  readonly #source: OperationSource;
  readonly #part: Part;
  readonly #launcher: Launcher;
  readonly #endpoint: HttpEndpoint;
  readonly #stepOf: (operation: TraceOperation) => SubmitStep;
  readonly #compiled = new Map<SubmitStep, CompiledSubmit>();
  #connections: Connection[] = [];
  #cannonade: Cannonade | undefined;
  #fault: IpcbenchError | undefined;

  constructor(
    source: OperationSource,
    part: Part,
    launcher: Launcher,
    endpoint: HttpEndpoint,
    stepOf: (operation: TraceOperation) => SubmitStep,
  ) {
    this.#source = source;
    this.#part = part;
    this.#launcher = launcher;
    this.#endpoint = endpoint;
    this.#stepOf = stepOf;
  }

  async run(concurrency: number): Promise<void> {
    const { alarm } = this.#launcher;
    await alarm.until(this.#part.segment.startNs);
    // Requests are handed over without waiting: when the trace cannot be read that fast, connections end, and begin anew.
    while (!this.#part.stopped) {
      while (this.#source.peek() === undefined && !this.#source.ended) await this.#source.refill();
      if (!this.#more()) return;
      await this.#fire(concurrency);
    }
  }

  async #fire(concurrency: number): Promise<void> {
    const { default: autocannon } = await import('autocannon');
    const firsts: TraceOperation[] = [];
    while (firsts.length < concurrency && this.#more()) firsts.push(...this.#take());
    this.#connections = [];
    const cannonade = autocannon({
      url: [...this.#endpoint.origins],
      connections: firsts.length,
      pipelining: 1,
      duration: longSeconds,
      sampleInt: lookEveryMs,
      setupClient: (client) => {
        const first = firsts.shift();
        const next = (): TraceOperation | undefined => this.#take()[0];
        const connection = new Connection(client, this.#endpoint, {
          begin: (operation) => this.#begin(operation),
          next,
          fail: (what) => this.#fail(what),
        });
        this.#connections.push(connection);
        connection.start(first);
        if (!this.#more()) this.#runOut();
      },
    });
    this.#cannonade = cannonade;
    void this.#part.ended.then(() => this.#stop());
    await cannonade;
    if (this.#fault !== undefined) throw this.#fault;
    for (const connection of this.#connections) connection.lose(unanswered);
  }

  /** It looks now and then whether it is to stop: until then no connection may ask for more. */
  #stop(): void {
    for (const connection of this.#connections) connection.end();
    this.#cannonade?.stop();
  }

  /** The first cause is the one that is told. */
  #fail(what: string): void {
    this.#fault ??= new IpcbenchError(
      'PROTOCOL',
      `${what}, which autocannon cannot follow: replay without --driver autocannon`,
    );
    this.#stop();
  }

  #more(): boolean {
    const next = this.#source.peek();
    return next !== undefined && !this.#part.stopped && (next.at ?? 0) < this.#part.segment.toMs;
  }

  #take(): TraceOperation[] {
    const taken = this.#more() ? this.#source.take() : undefined;
    if (!this.#more()) this.#runOut();
    return taken === undefined ? [] : [taken];
  }

  #runOut(): void {
    for (const connection of this.#connections) connection.endAfterThis();
  }

  #begin(operation: TraceOperation): Handed {
    const step = this.#stepOf(operation);
    const compiled = this.#compiled.get(step) ?? compileSubmit(step);
    this.#compiled.set(step, compiled);
    const begun = this.#launcher.begin(operation, this.#launcher.clock.nowNs());
    const sent = compiled.submissionOf(begun.run);
    return { begun, compiled, sent, bytesSent: 0, startNs: begun.run.nowNs() };
  }
}

/** A request on its way. */
interface Handed {
  begun: Begun;
  compiled: CompiledSubmit;
  sent: Submission;
  bytesSent: number;
  startNs: number;
}

/** What a connection needs of the saturation it belongs to. */
interface Owner {
  begin(operation: TraceOperation): Handed;
  next(): TraceOperation | undefined;
  /** Ends it all. */
  fail(what: string): void;
}

/** One of autocannon's connections: takes the next operation whenever it is free. */
class Connection {
  readonly #client: CannonClient;
  readonly #endpoint: HttpEndpoint;
  readonly #owner: Owner;
  #first: TraceOperation | undefined;
  #handed: Handed | undefined;
  #last = false;
  /** Whether an answer has begun and not ended. */
  #answering = false;

  constructor(client: CannonClient, endpoint: HttpEndpoint, owner: Owner) {
    this.#client = client;
    this.#endpoint = endpoint;
    this.#owner = owner;
    client.on('headers', (head) => this.#look(head));
    client.on('connError', (error) => this.lose(messageOf(error)));
    // After its last request it may end by the time-out: then no further request tells.
    client.on('done', () => this.lose(unanswered));
  }

  /** autocannon builds the first request at once. */
  start(first: TraceOperation | undefined): void {
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

  #look({ statusCode, shouldKeepAlive }: CannonHead): void {
    this.#answering = true;
    const isBare = withoutBody.includes(statusCode);
    if (statusCode < 200) this.#owner.fail(`the endpoint gave an interim answer (${statusCode})`);
    else if (!shouldKeepAlive && !isBare)
      this.#owner.fail('the endpoint closes connections after an answer, or does not tell how long an answer is');
  }

  /** The request on its way gets no answer any more. */
  lose(what: string): void {
    const handed = this.#handed;
    if (handed === undefined) return;
    const isCut = this.#answering;
    this.#handed = undefined;
    this.#answering = false;
    const { begun, compiled, startNs } = handed;
    const late = begun.run.nowNs() - startNs >= (compiled.timeoutMs - timerEarlyMs) * 1e6;
    begun.end(
      late
        ? new IpcbenchError('TIMEOUT', `no answer within ${compiled.timeoutMs} ms`)
        : new IpcbenchError('COORDINATOR_LOST', `the connection ${what}`),
    );
    if (isCut) this.#owner.fail('the endpoint ended a connection in the middle of an answer');
  }

  #hand(request: CannonRequest): CannonRequest {
    this.lose(unanswered);
    const operation = this.#first ?? this.#owner.next();
    this.#first = undefined;
    if (operation === undefined) {
      // The part has ended meanwhile: what it writes now goes nowhere.
      this.#client.destroy();
      return request;
    }
    const handed = this.#owner.begin(operation);
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
