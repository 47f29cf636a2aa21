import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type ErrorCode, isIpcbenchError } from '#src/errors.js';
import { HttpClient } from '#src/strategies/submit/http-client.js';
import { HttpSubmits } from '#src/strategies/submit/http-submits.js';
import { isLoopback } from '#src/strategies/submit/loopback.js';
import { TallyMeter } from '../tally-meter.js';

const patienceMs = 60_000;
const get = { method: 'GET', path: '/', headers: {}, body: undefined };

/** A server that does as told with each connection once something has come in on it. */
async function serverThat(context: TestContext, act: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => act(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function clientOf(context: TestContext, origin: string): Promise<HttpClient> {
  const client = await HttpClient.open(origin, {});
  context.after(() => client.close());
  return client;
}

const faults: [what: string, act: (socket: Socket) => void, code: ErrorCode, says: RegExp, timeoutMs: number][] = [
  ['resets the connection', (socket) => socket.resetAndDestroy(), 'COORDINATOR_LOST', /reset|closed/, patienceMs],
  ['hangs up without a word', (socket) => socket.end(), 'COORDINATOR_LOST', /closed the connection before/, patienceMs],
  [
    'is killed in the middle of its answer',
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf');
      setImmediate(() => socket.destroy());
    },
    'COORDINATOR_LOST',
    /http:/,
    patienceMs,
  ],
  ['answers garbage', (socket) => socket.end('what is this\r\n\r\n'), 'PROTOCOL', /not HTTP/, patienceMs],
  [
    'changes protocols',
    (socket) => void socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    'PROTOCOL',
    /changed protocols \(101 Switching Protocols\), which nobody asked for/,
    patienceMs,
  ],
  [
    'answers 304 with the length of the body that it leaves out',
    (socket) => void socket.write('HTTP/1.1 304 Not Modified\r\ncontent-length: 100\r\n\r\n'),
    'PROTOCOL',
    /answered 304 with the length .*this client cannot take/,
    patienceMs,
  ],
  [
    'answers with 40 kB of headers',
    (socket) => void socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`),
    'PROTOCOL',
    /answered with headers beyond 16 kB/,
    patienceMs,
  ],
  ['never answers', () => {}, 'TIMEOUT', /no answer within 20 ms/, 20],
  [
    'never ends its answer',
    (socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'),
    'TIMEOUT',
    /no answer within 200 ms/,
    200,
  ],
];

for (const [what, act, code, says, timeoutMs] of faults) {
  test(`a server that ${what} ends the request with ${code}, and the client with it`, async (context) => {
    const origin = await serverThat(context, act);
    const client = await clientOf(context, origin);
    const sent = client.send(get, { timeoutMs });
    await assert.rejects(sent, (error) => isIpcbenchError(error, code) && says.test(error.message));
  });
}

test('a server without TLS is told as such, not in the words of a library', async (context) => {
  const origin = await serverThat(context, (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const client = await clientOf(context, origin.replace('http:', 'https:'));
  const sent = client.send(get, { timeoutMs: patienceMs });
  await assert.rejects(
    sent,
    (error) => isIpcbenchError(error, 'COORDINATOR_LOST') && / does not speak TLS there/.test(error.message),
  );
});

test('a request that was sent and never answered is a call with what it sent; one that found no server is none', async (context) => {
  const giveUp = new AbortController();
  const origin = await serverThat(context, () => giveUp.abort());
  const meter = new TallyMeter();
  const sent = (await clientOf(context, origin)).send(get, { timeoutMs: patienceMs, signal: giveUp.signal }, meter);
  await assert.rejects(sent, { code: 'ABORTED' });
  assert.deepEqual([meter.calls, meter.connections, meter.callBytesReceived], [1, 1, 0]);
  assert.ok(meter.callBytesSent > 0);
  const gone = createServer().listen(0, '127.0.0.1');
  await once(gone, 'listening');
  const { port } = gone.address() as AddressInfo;
  gone.close();
  await once(gone, 'close');
  const nowhere = new TallyMeter();
  const client = await clientOf(context, `http://127.0.0.1:${port}`);
  await assert.rejects(client.send(get, { timeoutMs: patienceMs }, nowhere), { code: 'COORDINATOR_LOST' });
  assert.equal(nowhere.calls, 0);
});

const unsendable: [what: string, change: object][] = [
  ['a header that has no name', { headers: { 'no name': '1' } }],
  ['a line break in a header', { headers: { a: '1\r\nb: 2' } }],
  ['a header of the connection', { headers: { expect: '100-continue' } }],
  ['a length that is not that of its body', { headers: { 'content-length': '99' }, method: 'POST', body: 'text' }],
  ['a blank in its path', { path: '/a b' }],
];

for (const [what, change] of unsendable) {
  test(`a request with ${what} is told as the trace's fault, and not as the server's`, async (context) => {
    const client = await clientOf(context, await serverThat(context, () => {}));
    const sent = client.send({ ...get, ...change }, { timeoutMs: patienceMs });
    await assert.rejects(sent, (error) => isIpcbenchError(error, 'BAD_TRACE') && /was not sent/.test(error.message));
  });
}

test('a server that is not there refuses', async (context) => {
  const origin = await serverThat(context, () => {});
  const gone = `http://127.0.0.1:${await freePort()}`;
  assert.notEqual(gone, origin);
  const client = await clientOf(context, gone);
  const sent = client.send(get, { timeoutMs: patienceMs });
  await assert.rejects(sent, (error) => isIpcbenchError(error, 'COORDINATOR_LOST') && /refused/.test(error.message));
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('a request that is aborted ends at once, and closing ends those under way', async (context) => {
  const client = await clientOf(context, await serverThat(context, () => {}));
  const over = new AbortController();
  const aborted = client.send(get, { timeoutMs: patienceMs, signal: over.signal });
  over.abort();
  await assert.rejects(aborted, (error) => isIpcbenchError(error, 'ABORTED'));
  const pending = assert.rejects(client.send(get, { timeoutMs: patienceMs }), (error) => isIpcbenchError(error));
  await client.close();
  await pending;
});

test('a redirect is told and not followed, headers of the run go with every request, and bytes and calls are counted', async (context) => {
  const seen: (string | undefined)[] = [];
  const server = createHttpServer((incoming, response) => {
    seen.push(`${incoming.url} ${incoming.headers['x-run']} ${incoming.headers['x-own']}`);
    response.writeHead(302, { location: 'http://127.0.0.2:1/elsewhere' }).end('gone there');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const submits = await HttpSubmits.open({ origins: [origin], headers: { 'x-run': 'yes' }, own: false });
  context.after(() => submits.close());
  assert.equal(submits.addAssignments, undefined, 'its replica is its own');
  const meter = new TallyMeter();
  const request = { method: 'PUT', path: '/a?b=1', headers: { 'x-own': 'mine', 'X-Run': 'no' }, body: 'text' };
  const submission = { account: 'a', epoch: 'e', tier: undefined, cid: 'c', lagged: false, request };
  const answer = await submits.submit(submission, { timeoutMs: patienceMs }, meter);
  assert.deepEqual(answer, { status: 302, seq: undefined, recovered: false });
  assert.deepEqual(seen, ['/a?b=1 yes mine']);
  assert.equal(meter.calls, 1);
});

test('clients begin with different servers and go on in turn, so that few submits of many reach all alike', async (context) => {
  const arrived = new Map<string, number>();
  const origins: string[] = [];
  for (let server = 0; server < 4; server++) {
    const listening = createHttpServer((incoming, response) => {
      const { host = '' } = incoming.headers;
      arrived.set(host, (arrived.get(host) ?? 0) + 1);
      response.writeHead(200).end('{}');
    });
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    context.after(() => {
      listening.closeAllConnections();
      listening.close();
    });
    origins.push(`http://127.0.0.1:${(listening.address() as AddressInfo).port}`);
  }
  const submission = { account: 'a', epoch: 'e', tier: undefined, cid: 'c', lagged: false };
  /** How many arrive at each server when clients of these names hand in so many each. */
  const dealt = async (names: string[], each: number): Promise<number[]> => {
    arrived.clear();
    for (const client of names) {
      const submits = await HttpSubmits.open({ origins, headers: {}, own: false, client });
      for (let index = 0; index < each; index++) await submits.submit(submission, { timeoutMs: patienceMs });
      await submits.close();
    }
    return origins.map((origin) => arrived.get(new URL(origin).host) ?? 0);
  };
  assert.deepEqual(await dealt(['worker-1'], 8), [2, 2, 2, 2]);
  for (const names of [
    ['worker-1', 'worker-2', 'worker-3', 'worker-4'],
    ['client-0', 'client-1', 'client-2', 'client-3'],
  ])
    assert.deepEqual(await dealt(names, 1), [1, 1, 1, 1]);
});

const hosts: [url: string, loopback: boolean][] = [
  ['http://127.0.0.1:1', true],
  ['http://127.9.9.9:1', true],
  ['http://[::1]:1', true],
  ['http://localhost:1', true],
  ['http://LOCALHOST', true],
  ['http://localhost.:1', true],
  ['http://a.localhost', true],
  ['http://[::ffff:127.0.0.1]:1', true],
  ['http://[::ffff:7fff:1]:1', true],
  ['http://[::ffff:10.0.0.1]:1', false],
  ['http://[::ffff:0:7f00:1]', false],
  ['http://[::7f00:1]', false],
  ['http://localhost..', false],
  ['http://alocalhost', false],
  ['http://0.0.0.0:1', false],
  ['http://10.0.0.1', false],
  ['http://[::2]', false],
  ['http://localhost.example.com', false],
  ['http://127.0.0.1.example.com', false],
];

for (const [url, loopback] of hosts) {
  test(`${url} is ${loopback ? '' : 'not '}taken for this machine`, () => {
    assert.equal(isLoopback(new URL(url)), loopback);
  });
}
