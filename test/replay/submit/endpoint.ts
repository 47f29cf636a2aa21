import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import type { TestContext } from 'node:test';
import type { TraceHeader, TraceOperation } from '#src/trace/operation.js';
import { every, headerOf } from '../bench-trace.js';

/** A plain HTTP server of this test; `answer` does what it likes with each request. */
export async function endpoint(
  context: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Where nobody listens. */
export async function emptyEndpoint(): Promise<string> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** Submits with requests of their own: PUT /hand-in/<number>, answered with 201. */
export const requestHeader: TraceHeader = headerOf([{ name: 'p0' }], {
  templates: {
    submit: [
      {
        do: 'submit',
        account: 'a',
        epoch: 1,
        cid: '{cid}',
        seq: '{seq}',
        status: 201,
        timeoutMs: 20_000,
        request: {
          method: 'PUT',
          path: '/hand-in/{cid}',
          headers: { 'x-cid': '{cid}' },
          body: { cid: 'c"{cid}', list: ['{seq}', 1] },
        },
      },
    ],
  },
});

export function handIns(everyMs: number, count: number): TraceOperation[] {
  return every(everyMs, count, (index) => ({
    op: 'submit',
    process: 'p0',
    fields: { cid: String(index), seq: index },
  }));
}
