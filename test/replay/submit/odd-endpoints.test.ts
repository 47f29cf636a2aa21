import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { isMeasured } from '#src/report/model.js';
import { measured, replayed } from '../bench-trace.js';
import { handIns, requestHeader } from './endpoint.js';

type Answers = (socket: Socket, seq: number, body: string) => void;

/** A server that is written by hand: `answer` writes bytes for each request. */
async function rawEndpoint(context: TestContext, answer: Answers): Promise<string> {
  const server = createServer((socket) => {
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (let whole = takeRequest(text); whole !== undefined; whole = takeRequest(text)) {
        text = whole.rest;
        answer(socket, whole.seq, JSON.stringify({ seq: whole.seq, recovered: true }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function takeRequest(text: string): { seq: number; rest: string } | undefined {
  const end = text.indexOf('\r\n\r\n');
  const [, length = '0'] = /content-length: (\d+)/i.exec(text) ?? [];
  if (end < 0 || text.length < end + 4 + Number(length)) return undefined;
  const [, seq] = /\/hand-in\/(\d+)/.exec(text) ?? [];
  return { seq: Number(seq), rest: text.slice(end + 4 + Number(length)) };
}

const sized = (body: string): string => `content-length: ${body.length}\r\n\r\n${body}`;

const odd: [what: string, answer: Answers, lostAtMost: number][] = [
  [
    'an interim answer before each answer',
    (socket, _, body) =>
      socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 201 Created\r\n${sized(body)}`),
    0,
  ],
  [
    'a connection for each answer',
    (socket, _, body) => socket.end(`HTTP/1.1 201 Created\r\nconnection: close\r\n${sized(body)}`),
    0,
  ],
  ['HTTP/1.0', (socket, _, body) => socket.end(`HTTP/1.0 201 Created\r\n\r\n${body}`), 0],
  ['answers that end with their connection', (socket, _, body) => socket.end(`HTTP/1.1 201 Created\r\n\r\n${body}`), 0],
  [
    'three answers that are cut in the middle',
    (socket, seq, body) => {
      if (seq % 4 === 1) socket.end(`HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n${body}`);
      else socket.write(`HTTP/1.1 201 Created\r\n${sized(body)}`);
    },
    3,
  ],
];

const load = { strategies: ['submit-target'] };

for (const [what, answer, lost] of odd) {
  for (const closedConcurrency of [undefined, 2]) {
    const loop = closedConcurrency === undefined ? 'open loop' : 'closed loop';
    test(`${loop}: an endpoint with ${what} is measured like any other, and every answer goes to its request`, async (context) => {
      const target = { url: await rawEndpoint(context, answer), headers: {}, allowRemote: false };
      const more = closedConcurrency === undefined ? {} : { closedConcurrency };
      const run = await replayed(context, requestHeader, handIns(20, 12), { ...load, target, ...more });
      const { operations, safety } = measured(run);
      const { count, errors, timeouts, unfinished } = operations.submit ?? assert.fail('no submit');
      assert.deepEqual(
        [count, errors, timeouts, unfinished],
        [12, lost, 0, 0],
        JSON.stringify(operations.submit?.errorExamples),
      );
      assert.deepEqual([safety.answers?.checked, safety.answers?.wrong], [12 - lost, 0]);
    });
  }

  test(`autocannon says that it cannot follow an endpoint with ${what}, and measures nothing`, async (context) => {
    const target = { url: await rawEndpoint(context, answer), headers: {}, allowRemote: false };
    const driven = { ...load, target, closedConcurrency: 2, driver: 'autocannon' as const };
    const [result] = (await replayed(context, requestHeader, handIns(20, 12), driven)).results;
    assert.ok(result !== undefined);
    assert.match(result.reason ?? '', /which autocannon cannot follow: replay without --driver autocannon/);
    const checked = isMeasured(result) ? result.safety.answers?.wrong : 0;
    assert.ok(checked === undefined || checked === 0);
  });
}

test('autocannon goes on after answers that never end, which have timed out, and counts every connection', async (context) => {
  const sockets = new Set<Socket>();
  const url = await rawEndpoint(context, (socket, seq, body) => {
    sockets.add(socket);
    if (seq % 4 !== 1) socket.write(`HTTP/1.1 201 Created\r\n${sized(body)}`);
    // In the middle of its body, or of its headers.
    else if (seq === 5) socket.write('HTTP/1.1 201 Created\r\nx-begun: y');
    else socket.write('HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n5\r\nbegun\r\n');
  });
  const [step] = requestHeader.templates?.submit ?? [];
  assert.ok(step?.do === 'submit');
  const header = { ...requestHeader, templates: { submit: [{ ...step, timeoutMs: 1_000 }] } };
  const target = { url, headers: {}, allowRemote: false };
  const driven = { ...load, target, closedConcurrency: 2, driver: 'autocannon' as const };
  const result = measured(await replayed(context, header, handIns(20, 12), driven));
  const { count, errors, timeouts, errorExamples = [] } = result.operations.submit ?? assert.fail('no submit');
  assert.deepEqual([result.state, count, errors, timeouts], ['complete', 12, 0, 3], result.reason);
  assert.deepEqual([result.safety.answers?.checked, result.safety.answers?.wrong], [9, 0]);
  const told = errorExamples.map(({ message }) => message).sort();
  assert.deepEqual(told, ['an answer that had begun did not end within 1000 ms', 'no answer within 1000 ms']);
  assert.equal(Math.round(result.calls.connectionsPerOperation * count), sockets.size);
});

test('autocannon says that it cannot follow a 304 that announces the body which it leaves out', async (context) => {
  const url = await rawEndpoint(context, (socket) =>
    socket.write('HTTP/1.1 304 Not Modified\r\ncontent-length: 100\r\n\r\n'),
  );
  const target = { url, headers: {}, allowRemote: false };
  const driven = { ...load, target, closedConcurrency: 2, driver: 'autocannon' as const };
  const [result] = (await replayed(context, requestHeader, handIns(20, 12), driven)).results;
  assert.ok(result !== undefined && 'reason' in result);
  assert.match(result.reason ?? '', /announced a body with a 304, which has none, which autocannon cannot follow/);
});

test('autocannon sends what it can of a trace whose fields put a line break into some headers', async (context) => {
  const seen: number[] = [];
  const url = await rawEndpoint(context, (socket, seq, body) => {
    seen.push(seq);
    socket.write(`HTTP/1.1 201 Created\r\n${sized(body)}`);
  });
  const [step] = requestHeader.templates?.submit ?? [];
  assert.ok(step?.do === 'submit' && step.request !== undefined);
  const request = { ...step.request, headers: { 'x-a': '{a}' } };
  const header = { ...requestHeader, templates: { submit: [{ ...step, request }] } };
  const breaks = (index: number) => index < 2 || index === 5 || index === 11;
  const operations = handIns(20, 12).map((operation, index) => ({
    ...operation,
    fields: { ...operation.fields, a: breaks(index) ? 'x\r\nx-injected: yes' : 'fine' },
  }));
  const target = { url, headers: {}, allowRemote: false };
  const driven = { ...load, target, closedConcurrency: 2, driver: 'autocannon' as const };
  const { operations: kinds } = measured(await replayed(context, header, operations, driven));
  const { count, errors, errorExamples } = kinds.submit ?? assert.fail('no submit');
  assert.deepEqual([count, errors], [12, 4], JSON.stringify(errorExamples));
  assert.match(errorExamples?.[0]?.message ?? '', /its header x-a holds what HTTP cannot carry/);
  assert.deepEqual(
    seen.sort((a, b) => a - b),
    [2, 3, 4, 6, 7, 8, 9, 10],
  );
});

test('a closed loop on an endpoint that hangs gives up, counts what it never sent, and is told as partial', async (context) => {
  const url = await rawEndpoint(context, (socket, seq, body) => {
    if (seq < 10) socket.write(`HTTP/1.1 201 Created\r\n${sized(body)}`);
  });
  const target = { url, headers: {}, allowRemote: false };
  const hung = { ...load, target, closedConcurrency: 2, drainMs: 1_000 };
  const result = measured(await replayed(context, requestHeader, handIns(5, 200), hung));
  assert.equal(result.state, 'partial');
  assert.match(result.reason ?? '', /worker p0 gave up: nothing ended for 1 s, and 188 operations were never sent/);
  assert.deepEqual([result.operations.submit?.count, result.operations.submit?.unfinished], [12, 2]);
  // No generator is late with what no answer makes room for.
  assert.deepEqual(
    [result.generator.sendRatio, result.generator.saturated],
    [1, false],
    result.generator.reasons.join(),
  );
});

test('open loop: an endpoint that sends 100 Continue, which nobody asked for, is told as doing so', async (context) => {
  const url = await rawEndpoint(context, (socket, _, body) =>
    socket.write(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n${sized(body)}`),
  );
  const target = { url, headers: {}, allowRemote: false };
  const { operations } = measured(await replayed(context, requestHeader, handIns(20, 3), { ...load, target }));
  assert.match(operations.submit?.errorExamples?.[0]?.message ?? '', /sent 100 Continue, which nobody asked for/);
});
