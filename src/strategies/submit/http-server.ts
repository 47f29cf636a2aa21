import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../../errors.js';
import type { Replica } from './replica.js';
import type { Assignment } from './submission.js';
import { problemOf, problemOfRows, type SubmitHandler } from './submit-handler.js';
import { assignmentsPath, gaugesPath, lagHeader, type SubmitBody, submitPath } from './wire.js';

export interface HttpSettings {
  handler: SubmitHandler;
  replica: Replica;
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
/** Of one batch of rows. */
const assignmentBytesAtMost = 16 * 2 ** 20;
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
  const known = request.url === submitPath || request.url === assignmentsPath;
  if (!known) return reply(response, 404, { error: `there are ${submitPath} and ${assignmentsPath} only` });
  if (request.method !== 'POST') return reply(response, 405, { error: 'expected POST' });
  const bytesAtMost = request.url === submitPath ? settings.bodyBytesAtMost : assignmentBytesAtMost;
  const text = await readBody(request, bytesAtMost);
  if (text === undefined) {
    response.setHeader('connection', 'close');
    return reply(response, 413, { error: `expected a body of ${bytesAtMost} bytes at most` });
  }
  const body = parsed(text);
  const wrong = request.url === submitPath ? problemOf : problemOfRows;
  const problem = body === undefined ? 'the body is no JSON' : wrong(body);
  if (problem !== undefined) return reply(response, 400, { error: problem });
  if (request.url === submitPath) return submit(body as SubmitBody, request, response, settings);
  await settings.replica.add(body as Assignment[]);
  return reply(response, 200, {});
}

async function submit(
  body: SubmitBody,
  request: IncomingMessage,
  response: ServerResponse,
  { handler }: HttpSettings,
): Promise<void> {
  const gone = new AbortController();
  const onClose = (): void => gone.abort(new Error('the client is gone'));
  response.once('close', onClose);
  try {
    const done = await handler.handle({ ...body, lagged: request.headers[lagHeader] === '1' }, gone.signal);
    if (done !== undefined) return reply(response, 200, done);
    response.setHeader('retry-after', retryAfterSeconds);
    return reply(response, 429, { error: 'too many submits in progress' });
  } finally {
    response.removeListener('close', onClose);
  }
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
