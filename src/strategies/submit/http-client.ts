import type { Dispatcher, Pool } from 'undici';
import { IpcbenchError, messageOf } from '../../errors.js';
import { type Meter, noMeter } from '../meter.js';
import { type Headers, headersUnder } from './headers.js';
import { connectMs, httpFailure } from './http-failure.js';
import type { SubmitRequest } from './submission.js';
import { httpBytes } from './wire.js';

export interface HttpAnswer {
  status: number;
  text: string;
}

/** Longer answers are no answers to a submit. */
const answerBytesAtMost = 4 * 2 ** 20;
/** Longer than any replay waits between two requests. */
const keepAliveMs = 60_000;

/** Requests to one server over connections that are kept, one for each request in flight. Redirects are told, never followed. */
export class HttpClient {
  readonly origin: string;
  readonly #pool: Pool;
  readonly #headersOf: (headers: Headers) => Headers;
  readonly #pending = new Set<Exchange>();
  readonly #followed = new WeakSet<AbortSignal>();
  #opened = 0;

  private constructor(origin: string, pool: Pool, headers: Headers) {
    this.origin = origin;
    this.#pool = pool;
    this.#headersOf = headersUnder(headers);
    pool.on('connect', () => {
      this.#opened += 1;
    });
  }

  /** @param headers sent with every request, over those of the request itself */
  static async open(origin: string, headers: Headers): Promise<HttpClient> {
    const { Pool: UndiciPool } = await import('undici');
    const pool = new UndiciPool(origin, {
      pipelining: 1,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      connect: { timeout: connectMs },
      // Time-outs are those of the trace, timed here to the millisecond.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return new HttpClient(origin, pool, headers);
  }

  /** @throws IpcbenchError `TIMEOUT`, `ABORTED`, `CLOSED`, `COORDINATOR_LOST`, `PROTOCOL`, `BAD_TRACE` (a request that cannot be sent) */
  send(
    request: SubmitRequest,
    { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
    meter: Meter = noMeter,
  ): Promise<HttpAnswer> {
    if (signal?.aborted) return Promise.reject(new IpcbenchError('ABORTED', overText));
    const { method, path, body = null } = request;
    const headers = this.#headersOf(request.headers);
    return new Promise((resolve, reject) => {
      const exchange = new Exchange();
      const timer = setTimeout(
        () => exchange.giveUp(new IpcbenchError('TIMEOUT', `no answer within ${timeoutMs} ms`)),
        timeoutMs,
      );
      const ended = (): void => {
        clearTimeout(timer);
        this.#pending.delete(exchange);
      };
      const count = (bytesReceived: number): void => {
        for (; this.#opened > 0; this.#opened--) meter.connection(0, 0, 0);
        meter.call(httpBytes(`${method} ${path}`, headers, body ?? ''), bytesReceived);
      };
      exchange.onAnswer = (status, told, text) => {
        ended();
        count(httpBytes('200 OK', told, text));
        resolve({ status, text });
      };
      exchange.onFailure = (error) => {
        ended();
        if (exchange.sent) count(0);
        reject(httpFailure(this.origin, error, exchange.status));
      };
      this.#pending.add(exchange);
      if (signal !== undefined) this.#follow(signal);
      const options = { origin: this.origin, method: method as Dispatcher.HttpMethod, path, headers, body };
      try {
        this.#pool.dispatch(options, exchange);
      } catch (error) {
        exchange.giveUp(error);
      }
    });
  }

  /** One listener for all requests of a run: one for each would cost more than the rest of sending it. */
  #follow(signal: AbortSignal): void {
    if (this.#followed.has(signal)) return;
    this.#followed.add(signal);
    const over = (): void => {
      for (const exchange of [...this.#pending]) exchange.giveUp(new IpcbenchError('ABORTED', overText));
    };
    signal.addEventListener('abort', over, { once: true });
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

const overText = 'the run is over';

/** One request and its answer, without the streams that would take longer than the rest of it. */
class Exchange implements Dispatcher.DispatchHandler {
  onAnswer: (status: number, headers: Readonly<Record<string, unknown>>, text: string) => void = () => {};
  onFailure: (error: unknown) => void = () => {};
  /** Of the answer, once it has begun. */
  status = 0;
  #controller: Dispatcher.DispatchController | undefined;
  #headers: Readonly<Record<string, unknown>> = {};
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #over = false;

  /** Whether it got a connection to go out on. */
  get sent(): boolean {
    return this.#controller !== undefined;
  }

  /** Ends it now, with the error that is to be told; the connection goes with it. */
  giveUp(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.onFailure(error);
    this.#controller?.abort(error instanceof Error ? error : new Error(messageOf(error)));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Given up while it waited for a connection.
    if (this.#over) controller.abort(new Error('given up'));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    this.status = status;
    this.#headers = headers;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
    if (this.#bytes > answerBytesAtMost)
      this.giveUp(new IpcbenchError('PROTOCOL', `an answer of more than ${answerBytesAtMost} bytes`));
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#over = true;
    const [first] = this.#chunks;
    const whole = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    this.onAnswer(this.status, this.#headers, whole.toString('utf8'));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.onFailure(error);
  }
}
