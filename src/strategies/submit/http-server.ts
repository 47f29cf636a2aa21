import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../../errors.js';
import { problemOf, type SubmitHandler } from './submit-handler.js';
import { gaugesPath, rowHeader, submitPath } from './wire.js';

export interface HttpSettings {
  handler: SubmitHandler;
  gauges(): Record<string, number>;
  /** Clients say it in `authorization`. */
  secret: string;
  /** Larger bodies are refused. */
  bodyBytesAtMost: number;
  /** An address of this machine. */
  host: string;
  /** 0: any free one. */
  port: number;
}

export interface Listening {
  port: number;
  close(): Promise<void>;
}

const retryAfterSeconds = 1;
const acceptQueueLength = 1024;
/** Longer than any client of a replay keeps a connection that it does not use. */
const keepAliveMs = 60_000;

/** Serves submits. */
export async function listen(settings: HttpSettings): Promise<Listening> {
  const server = createServer({ keepAliveTimeout: keepAliveMs }, (request, response) => {
    answer(request, response, settings).catch((error) => {
      // The client may be gone, or the gate: whoever is still there is told.
      if (!response.headersSent && !response.destroyed) reply(response, 500, { error: messageOf(error) });
      else response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: settings.host, port: settings.port, backlog: acceptQueueLength }, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, settings: HttpSettings): Promise<void> {
  if (!isAuthorised(request, settings.secret))
    return reply(response, 401, { error: 'authorization is missing or wrong' });
  if (request.url === gaugesPath && request.method === 'GET') return reply(response, 200, settings.gauges());
  if (request.url !== submitPath) return reply(response, 404, { error: `there is ${submitPath} only` });
  if (request.method !== 'POST') return reply(response, 405, { error: 'expected POST' });
  const text = await readBody(request, settings.bodyBytesAtMost);
  if (text === undefined) {
    response.setHeader('connection', 'close');
    return reply(response, 413, { error: `expected a body of ${settings.bodyBytesAtMost} bytes at most` });
  }
  const body = parsed(text);
  const problem = body === undefined ? 'the body is no JSON' : problemOf(body);
  if (problem !== undefined) return reply(response, 400, { error: problem });
  return submit(body as Parameters<typeof submit>[0], request, response, settings);
}

async function submit(
  body: { account: string; epoch: string; cid: string; tier?: string },
  request: IncomingMessage,
  response: ServerResponse,
  { handler }: HttpSettings,
): Promise<void> {
  const gone = new AbortController();
  const onClose = (): void => gone.abort(new Error('the client is gone'));
  response.once('close', onClose);
  const row = rowOf(request.headers[rowHeader]);
  try {
    const done = await handler.handle({ ...body, row }, gone.signal);
    if (done !== undefined) return reply(response, 200, done);
    response.setHeader('retry-after', retryAfterSeconds);
    return reply(response, 429, { error: 'too many submits in progress' });
  } finally {
    response.removeListener('close', onClose);
  }
}

function rowOf(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}

function isAuthorised({ headers }: IncomingMessage, secret: string): boolean {
  const [given, wanted] = [Buffer.from(headers.authorization ?? ''), Buffer.from(`Bearer ${secret}`)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** Undefined when there is more than that. */
async function readBody(request: IncomingMessage, bytesAtMost: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= bytesAtMost) return;
      // Not destroyed: the client is to read the answer.
      request.pause();
      resolve(undefined);
    });
    request.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.once('error', reject);
    request.once('close', () => reject(new Error('the client is gone')));
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reply(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
