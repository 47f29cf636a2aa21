import assert from 'node:assert/strict';
import { request } from 'node:http';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { challengeKey } from '#src/measure/challenge.js';
import { ProcessGate } from '#src/strategies/submit/gate.js';
import { listen } from '#src/strategies/submit/http-server.js';
import { ScanRecovery } from '#src/strategies/submit/recovery.js';
import { SubmitHandler } from '#src/strategies/submit/submit-handler.js';

const cid = 'a'.repeat(64);
const sound = { account: 'a', epoch: 'e', cid };

interface Endpoint {
  gate: ProcessGate;
  post(body: string, headers?: Record<string, string>, path?: string): Promise<Response>;
  url: string;
}

async function endpoint(context: TestContext, workMs = 0, slots = 8, patienceMs = 3_600_000): Promise<Endpoint> {
  const gate = new ProcessGate(slots, patienceMs);
  const settings = { lookupMs: 0, workMs, tiers: ['t'] };
  const handler = new SubmitHandler(gate, new ScanRecovery(challengeKey('s'), 10), settings);
  const { port, close } = await listen({
    handler,
    gauges: () => ({ n: 1 }),
    secret: 'x',
    bodyBytesAtMost: 2_000_000,
    host: '127.0.0.1',
    port: 0,
  });
  context.after(close);
  const url = `http://127.0.0.1:${port}`;
  const post: Endpoint['post'] = (body, headers = {}, path = '/submit') =>
    fetch(`${url}${path}`, { method: 'POST', body, headers: { authorization: 'Bearer x', ...headers } });
  return { gate, post, url };
}

const refused: [
  what: string,
  body: string,
  headers: Record<string, string>,
  path: string,
  status: number,
  says: RegExp,
][] = [
  ['a cid that is too short', JSON.stringify({ ...sound, cid: 'ab' }), {}, '/submit', 400, /64 hex digits/],
  ['a cid that is too long', JSON.stringify({ ...sound, cid: `${cid}a` }), {}, '/submit', 400, /64 hex digits/],
  ['a cid that is no hex', JSON.stringify({ ...sound, cid: 'g'.repeat(64) }), {}, '/submit', 400, /64 hex digits/],
  ['no account', JSON.stringify({ epoch: 'e', cid }), {}, '/submit', 400, /account/],
  ['a tier that is a number', JSON.stringify({ ...sound, tier: 1 }), {}, '/submit', 400, /tier/],
  ['garbage', '{"account', {}, '/submit', 400, /no JSON/],
  ['a list', '[]', {}, '/submit', 400, /account/],
  ['nothing', '', {}, '/submit', 400, /no JSON/],
  ['a body beyond the limit', 'x'.repeat(2_000_001), {}, '/submit', 413, /2000000 bytes at most/],
  [
    'a client that does not know the secret',
    JSON.stringify(sound),
    { authorization: 'Bearer y' },
    '/submit',
    401,
    /authorization/,
  ],
  ['another path', JSON.stringify(sound), {}, '/elsewhere', 404, /submit only/],
];

for (const [what, body, headers, path, status, says] of refused) {
  test(`${what} is answered ${status}, outside the gate`, async (context) => {
    const { gate, post } = await endpoint(context);
    const response = await post(body, headers, path);
    assert.equal(response.status, status);
    assert.match(await response.text(), says);
    assert.equal(gate.inside, 0);
  });
}

test('a body of 1 MB is taken', async (context) => {
  const { post } = await endpoint(context);
  const response = await post(JSON.stringify({ ...sound, padding: 'x'.repeat(1_000_000) }));
  assert.equal(response.status, 200);
  const { seq, recovered } = (await response.json()) as { seq: string; recovered: boolean };
  assert.deepEqual([seq, recovered], ['unknown', true]);
});

test('what the replica holds is answered without recovery', async (context) => {
  const { post } = await endpoint(context);
  const response = await post(JSON.stringify(sound), { 'x-replica-row': '7' });
  const { seq, recovered } = (await response.json()) as { seq: number; recovered: boolean };
  assert.deepEqual([seq, recovered], [7, false]);
});

test('a full gate answers 429 with Retry-After once its patience is over', async (context) => {
  const { gate, post } = await endpoint(context, 0, 1, 1);
  const pass = await gate.enter(new AbortController().signal);
  const response = await post(JSON.stringify(sound));
  assert.deepEqual([response.status, response.headers.get('retry-after')], [429, '1']);
  await pass?.leave();
  assert.equal((await post(JSON.stringify(sound))).status, 200);
});

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    assert.ok(tries < 2000, what);
    await sleep(5);
  }
}

test('20 clients in a row that vanish while they hold a slot leave the gate as it was, and so do those that wait', async (context) => {
  const { gate, url } = await endpoint(context, 3_600_000, 2);
  const vanish = async (): Promise<void> => {
    const open = [1, 2, 3].map(() => {
      const sent = request(`${url}/submit`, { method: 'POST', headers: { authorization: 'Bearer x' } });
      sent.on('error', () => {});
      sent.end(JSON.stringify(sound));
      return sent;
    });
    await until('two inside, one waiting', () => gate.inside === 2 && gate.waiting === 1);
    for (const sent of open) sent.destroy();
    await until('an empty gate', () => gate.inside === 0 && gate.waiting === 0);
  };
  for (let client = 0; client < 20; client++) await vanish();
  assert.deepEqual([gate.inside, gate.waiting], [0, 0]);
});
