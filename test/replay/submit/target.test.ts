import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isIpcbenchError } from '#src/errors.js';
import { Histogram } from '#src/measure/histogram.js';
import type { SubmitStep } from '#src/trace/operation.js';
import { measured, replayed } from '../bench-trace.js';
import { emptyEndpoint, endpoint, handIns, requestHeader } from './endpoint.js';

const strategies = ['submit-target'];
const to = (url: string, headers: Record<string, string> = {}) => ({ url, headers, allowRemote: false });

const drivers: [title: string, load: { closedConcurrency?: number; driver?: 'autocannon' }][] = [
  ['open loop', {}],
  ['closed loop', { closedConcurrency: 3 }],
  ['closed loop by autocannon', { closedConcurrency: 3, driver: 'autocannon' }],
];

for (const [driver, closed] of drivers) {
  const { closedConcurrency } = closed;

  test(`${driver}: every request of the trace arrives once as it was written, and every answer is checked`, async (context) => {
    const seen = new Map<string, number>();
    const sockets = new Set<unknown>();
    const url = await endpoint(context, (request, response) => {
      const { method, headers } = request;
      sockets.add(request.socket);
      const told = `${method} ${request.url} ${headers['x-cid']} ${headers['x-run']} ${headers['content-length']}`;
      seen.set(told, (seen.get(told) ?? 0) + 1);
      const number = Number(headers['x-cid']);
      const seq = number === 4 ? 5 : number;
      response.writeHead(201).end(JSON.stringify({ seq, recovered: number % 2 === 0 }));
    });
    const target = to(url, { 'x-run': 'here' });
    const run = await replayed(context, requestHeader, handIns(5, 12), { strategies, target, ...closed });
    const result = measured(run);
    const { count, errors, timeouts, serviceMs } = result.operations.submit ?? assert.fail('no submit');
    assert.deepEqual([count, errors, timeouts, serviceMs.count], [12, 0, 0, 12]);
    assert.equal(seen.size, 12);
    if (closedConcurrency !== undefined) assert.ok(sockets.size <= closedConcurrency, `${sockets.size} connections`);
    for (const [told, times] of seen) {
      assert.equal(times, 1);
      assert.match(told, /^PUT \/hand-in\/(\d+) \1 here (29|31)$/);
    }
    assert.equal(result.calls.perOperation, 1);
    assert.equal(result.workload.submit?.counts.recoveries, 6);
    assert.deepEqual(result.safety.answers, { checked: 12, telling: 6, wrong: 1 });
    assert.equal(result.safety.verdict, 'unsafe');
    assert.equal(result.options.headers, '***');
  });

  test(`${driver}: headers of the connection that a request was recorded on are not sent, and those of the target go over its own`, async (context) => {
    const seen = new Set<string>();
    const url = await endpoint(context, (request, response) => {
      const { host, expect, authorization, 'content-length': length, 'transfer-encoding': encoding } = request.headers;
      const values = request.rawHeaders.filter((text) => text.toLowerCase() === 'authorization').length;
      seen.add(`${host === new URL(url).host} ${expect} ${length} ${encoding} ${authorization} ${values}`);
      response.writeHead(201).end('{}');
    });
    const [step] = requestHeader.templates?.submit ?? [];
    assert.ok(step?.do === 'submit');
    const headers = {
      Host: 'recorded.example.com',
      'Content-Length': '12345',
      'Transfer-Encoding': 'chunked',
      Connection: 'keep-alive, X-Hop',
      'Keep-Alive': 'timeout=5',
      Expect: '100-continue',
      Authorization: 'recorded',
    };
    const request = { method: 'POST', path: '/', headers, body: 'text' };
    const operations = handIns(5, 3).map((operation) => ({ ...operation, steps: [{ ...step, request }] }));
    const target = to(url, { authorization: 'mine' });
    const result = measured(await replayed(context, requestHeader, operations, { strategies, target, ...closed }));
    const { count, errors, errorExamples } = result.operations.submit ?? assert.fail('no submit');
    assert.deepEqual([count, errors], [3, 0], JSON.stringify(errorExamples));
    assert.deepEqual([...seen], ['true undefined 4 undefined mine 1']);
  });

  test(`${driver}: another status, a full gate and a server that hangs up are errors that say so, and none is lost`, async (context) => {
    const url = await endpoint(context, (request, response) => {
      const number = Number(request.headers['x-cid']);
      if (number % 3 === 0) response.writeHead(302, { location: 'http://127.0.0.2:1/' }).end();
      else if (number % 3 === 1) response.writeHead(429, { 'retry-after': '1' }).end();
      else response.socket?.destroy();
    });
    const result = measured(
      await replayed(context, requestHeader, handIns(5, 12), { strategies, target: to(url), ...closed }),
    );
    const { count, errors, errorExamples = [] } = result.operations.submit ?? assert.fail('no submit');
    assert.deepEqual([count, errors], [12, 12]);
    const told = errorExamples.map(({ message }) => message).join('; ');
    for (const says of [/answered 302, expected 201/, /answered 429, expected 201/, /closed|reset/])
      assert.match(told, says);
    assert.doesNotMatch(told, /ECONN/);
    assert.equal(result.workload.submit?.counts.rejected, 4);
  });

  test(`${driver}: a submit that is not answered in its time has timed out, and took no longer; the last one too`, async (context) => {
    // Every other one hangs, the last one among them; the time-outs of the trace differ.
    const url = await endpoint(context, (request, response) => {
      if (Number(request.headers['x-cid']) % 2 === 0) response.writeHead(201).end('{}');
    });
    const [step] = requestHeader.templates?.submit ?? [];
    assert.ok(step?.do === 'submit');
    const steps = [1000, 2000].map((timeoutMs): [SubmitStep] => [{ ...step, timeoutMs }]);
    const operations = handIns(5, 6).map((operation, index) => ({
      ...operation,
      steps: steps[index < 4 ? 0 : 1] ?? [],
    }));
    const result = measured(
      await replayed(context, requestHeader, operations, { strategies, target: to(url), ...closed }),
    );
    const { count, errors, timeouts, serviceMs } = result.operations.submit ?? assert.fail('no submit');
    assert.deepEqual([count, errors, timeouts], [6, 0, 3]);
    assert.ok(serviceMs.max >= 1990 && serviceMs.max < 15_000, `the slowest took ${serviceMs.max} ms`);
  });

  test(`${driver}: with nobody there every operation fails at once, and the run ends`, async (context) => {
    const target = to(await emptyEndpoint());
    const result = measured(await replayed(context, requestHeader, handIns(5, 6), { strategies, target, ...closed }));
    const { count, errors, errorExamples } = result.operations.submit ?? assert.fail('no submit');
    assert.deepEqual([count, errors], [6, 6]);
    assert.match(errorExamples?.[0]?.message ?? '', /^\S+( \S+)? refused the connection$/);
  });
}

/** How many values of an encoded histogram lie above so many milliseconds. */
function countAbove(encoded: string, ms: number): number {
  const pairs = Histogram.decode(encoded).toPairs();
  let count = 0;
  for (let index = 1; index + 1 < pairs.length; index += 2)
    if ((pairs[index] ?? 0) > ms * 1e6) count += pairs[index + 1] ?? 0;
  return count;
}

test('a stall of a second shows in many response times of the open loop, and hides in the closed one', async (context) => {
  const stallFrom = 20;
  const stallMs = 1000;
  const stalling = () => {
    let arrived = 0;
    let held = 0;
    const waiting: (() => void)[] = [];
    let over = false;
    const answer: Parameters<typeof endpoint>[1] = (_, response) => {
      arrived += 1;
      const reply = (): void => void response.writeHead(201).end('{}');
      if (arrived < stallFrom || over) return reply();
      if (arrived === stallFrom)
        setTimeout(() => {
          over = true;
          for (const one of waiting) one();
        }, stallMs);
      held += 1;
      waiting.push(reply);
    };
    return { answer, held: () => held };
  };
  const slowOf = async (more: { closedConcurrency?: number }): Promise<{ slow: number; held: number }> => {
    const server = stalling();
    const target = to(await endpoint(context, server.answer));
    const result = measured(await replayed(context, requestHeader, handIns(10, 200), { strategies, target, ...more }));
    const { histograms, count } = result.operations.submit ?? assert.fail('no submit');
    assert.equal(count, 200);
    return { slow: countAbove(histograms.response, stallMs / 2), held: server.held() };
  };
  const open = await slowOf({});
  const closed = await slowOf({ closedConcurrency: 2 });
  // All that fell due in the first half of the stall, a hundred a second, waited for the other half at least.
  assert.ok(open.slow >= 40, `${open.slow} slow ones in the open loop`);
  assert.ok(closed.held <= 2, `${closed.held} held in the closed loop`);
  assert.ok(closed.slow < open.slow, `${closed.slow} slow ones in the closed loop, ${open.slow} in the open one`);
});

test('load is refused to another machine, to what is no URL, and to a URL with a path', async (context) => {
  const refused = (url: string, says: RegExp) =>
    assert.rejects(
      replayed(context, requestHeader, handIns(5, 1), { strategies, target: to(url) }),
      (error) => isIpcbenchError(error, 'BAD_OPTION') && says.test(error.message),
    );
  await refused('http://192.0.2.1:80', /192.0.2.1 is not this machine: --allow-remote/);
  await refused('ftp://127.0.0.1', /expected a URL such as/);
  await refused('nonsense', /expected a URL such as/);
  await refused('http://127.0.0.1:1/path', /expected no path/);
  await refused('http://user:word@127.0.0.1:1', /--header/);
});
