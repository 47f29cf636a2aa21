import type { Dispatcher, Pool } from 'undici';
import { IpcbenchError, messageOf, systemCodeOf } from '../../errors.js';
import { type Meter, noMeter } from '../meter.js';
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
const connectMs = 5_000;

/** Requests to one server over connections that are kept, one for each request in flight. Redirects are told, never followed. */
export class HttpClient {
  readonly origin: string;
  readonly #pool: Pool;
  readonly #headers: Readonly<Record<string, string>>;
  #opened = 0;

  private constructor(origin: string, pool: Pool, headers: Readonly<Record<string, string>>) {
    this.origin = origin;
    this.#pool = pool;
    this.#headers = headers;
    pool.on('connect', () => {
      this.#opened += 1;
    });
  }

  /** @param headers sent with every request, over those of the request itself */
  static async open(origin: string, headers: Readonly<Record<string, string>>): Promise<HttpClient> {
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

  /** @throws IpcbenchError `TIMEOUT`, `ABORTED`, `CLOSED`, `COORDINATOR_LOST`, `PROTOCOL` */
  async send(
    request: SubmitRequest,
    { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
    meter: Meter = noMeter,
  ): Promise<HttpAnswer> {
    const { method, path, body = null } = request;
    const headers = { ...request.headers, ...this.#headers };
    const ending = new AbortController();
    const timer = setTimeout(
      () => ending.abort(new IpcbenchError('TIMEOUT', `no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    const onAbort = (): void => ending.abort(new IpcbenchError('ABORTED', 'the run is over'));
    signal?.addEventListener('abort', onAbort);
    try {
      signal?.throwIfAborted();
      const options: Dispatcher.RequestOptions = { method, path, headers, body, signal: ending.signal };
      const { statusCode, headers: told, body: stream } = await this.#pool.request(options);
      const text = await limited(stream);
      for (; this.#opened > 0; this.#opened--) meter.connection(0, 0, 0);
      meter.call(httpBytes(`${method} ${path}`, headers, body ?? ''), httpBytes('200 OK', told, text));
      return { status: statusCode, text };
    } catch (error) {
      throw this.#known(error, ending.signal);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  /** Says who did what; the first cause wins. */
  #known(error: unknown, { aborted, reason }: AbortSignal): unknown {
    if (error instanceof IpcbenchError) return error;
    if (aborted && reason instanceof IpcbenchError) return reason;
    const code = systemCodeOf(error) ?? '';
    const told = lost[code];
    if (told !== undefined) return new IpcbenchError('COORDINATOR_LOST', `${this.origin} ${told}`, { cause: error });
    if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED')
      return new IpcbenchError('CLOSED', 'the client was closed', { cause: error });
    if (
      (error instanceof Error && error.name === 'HTTPParserError') ||
      code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' ||
      code === 'UND_ERR_HEADERS_OVERFLOW'
    )
      return new IpcbenchError('PROTOCOL', `${this.origin} answered what is not HTTP: ${messageOf(error)}`, {
        cause: error,
      });
    return new IpcbenchError('COORDINATOR_LOST', `${this.origin}: ${messageOf(error)}`, { cause: error });
  }
}

const lost: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'reset the connection',
  EPIPE: 'reset the connection',
  UND_ERR_SOCKET: 'closed the connection before it answered',
  UND_ERR_CONNECT_TIMEOUT: `could not be reached within ${connectMs / 1000} s`,
  ENOTFOUND: 'cannot be found',
};

async function limited(stream: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > answerBytesAtMost)
      throw new IpcbenchError('PROTOCOL', `an answer of more than ${answerBytesAtMost} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
