import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { allotmentName, challengeId, challengeKey } from '#src/measure/challenge.js';
import { openSession, rpcServer, serveStrategy } from '#src/strategies/public.js';
import { ProcessGate } from '#src/strategies/submit/gate.js';
import { listen } from '#src/strategies/submit/http-server.js';
import { ScanRecovery } from '#src/strategies/submit/recovery.js';
import { replicaStructures, SharedReplica } from '#src/strategies/submit/replica.js';
import { SubmitHandler } from '#src/strategies/submit/submit-handler.js';

const cid = 'a'.repeat(64);
const sound = { account: 'a', epoch: 'e', cid };
const row = { ...sound, tier: 't', seq: 7 };

interface Endpoint {
  gate: ProcessGate;
  post(body: string, headers?: Record<string, string>, path?: string): Promise<Response>;
  url: string;
}

async function replica(context: TestContext): Promise<SharedReplica> {
  const shared = { directory: await mkdtemp(join(tmpdir(), 'ipcb-')), secret: 's' };
  const { addresses, close } = await serveStrategy(rpcServer, shared);
  const session = await openSession(rpcServer, {
    ...shared,
    process: 'server',
    addresses,
    structures: replicaStructures,
  });
  context.after(async () => {
    await session.close();
    await close();
    await rm(shared.directory, { recursive: true });
  });
  return new SharedReplica(session);
}

async function endpoint(context: TestContext, workMs = 0, slots = 8, patienceMs = 3_600_000): Promise<Endpoint> {
  const gate = new ProcessGate(slots, patienceMs);
  const settings = { lookupMs: 0, workMs, tiers: ['t'] };
  const recovery = new ScanRecovery(challengeKey('s'), 10);
  const parts = { gate, replica: await replica(context), recovery };
  const { port, close } = await listen({
    handler: new SubmitHandler(parts, settings),
    replica: parts.replica,
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
  ['rows that are none', '{}', {}, '/assignments', 400, /list of rows/],
  ['a row without a number', JSON.stringify([row, sound]), {}, '/assignments', 400, /row 2: .+seq/],
  ['a row that is nothing', '[null]', {}, '/assignments', 400, /row 1: expected a JSON object/],
  ['another path', JSON.stringify(sound), {}, '/elsewhere', 404, /submit and .assignments only/],
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

const lagging = { 'x-replica-lags': '1' };
const lookUps: [what: string, body: object, headers: Record<string, string>, seq: unknown, recovered: boolean][] = [
  ['a row that the replica holds is answered without recovery', { ...sound, tier: 't' }, {}, 7, false],
  ['so it is where its tier is not known', sound, {}, 7, false],
  ['while the replica lags the row is missing', { ...sound, tier: 't' }, lagging, 'unknown', true],
  ["another account's row is none of this one's", { ...sound, account: 'b' }, {}, 'unknown', true],
  ['nor is one of another epoch', { ...sound, epoch: 'f' }, {}, 'unknown', true],
  ['nor is one of another tier', { ...sound, tier: 'u' }, {}, 'unknown', true],
  ['a challenge id that nobody was given is looked for', { ...sound, cid: 'b'.repeat(64) }, {}, 'unknown', true],
];

for (const [what, body, headers, seq, recovered] of lookUps) {
  test(what, async (context) => {
    const { post } = await endpoint(context);
    const added = await post(JSON.stringify([{ ...row, cid: 'c'.repeat(64), seq: 1 }, row]), {}, '/assignments');
    assert.equal(added.status, 200);
    const answer = (await (await post(JSON.stringify(body), headers)).json()) as { seq: unknown; recovered: boolean };
    assert.deepEqual([answer.seq, answer.recovered], [seq, recovered]);
  });
}

const half = '\ud800';
const written: [what: string, name: object][] = [
  ['whose challenge id is in capitals', { cid: cid.toUpperCase() }],
  ['whose account is half of a surrogate pair', { account: half }],
  ['whose epoch and tier are', { epoch: half, tier: half }],
];

for (const [what, name] of written) {
  test(`a row ${what} is found by the same name`, async (context) => {
    const { post } = await endpoint(context);
    assert.equal((await post(JSON.stringify([{ ...row, ...name }]), {}, '/assignments')).status, 200);
    const answer = await (await post(JSON.stringify({ ...row, ...name }))).json();
    const { seq, recovered } = answer as { seq: unknown; recovered: boolean };
    assert.deepEqual([seq, recovered], [7, false]);
  });
}

test('a challenge id in capitals is recovered like any other', async (context) => {
  const { post } = await endpoint(context);
  const capitals = challengeId(challengeKey('s'), allotmentName('a', 'e', 't'), 4).toUpperCase();
  const answer = (await (await post(JSON.stringify({ ...sound, cid: capitals }))).json()) as { seq: unknown };
  assert.equal(answer.seq, 4);
});

const unsaid = { ...sound, seq: 7 };
const said: [what: string, batches: object[][]][] = [
  ['in another batch', [[row], [unsaid]]],
  ['in the same batch', [[row, unsaid]]],
  ['before it', [[unsaid], [row]]],
];

for (const [where, batches] of said) {
  test(`a row whose tier nobody knew takes nothing from the one that says it, ${where}`, async (context) => {
    const { post } = await endpoint(context);
    for (const batch of batches) assert.equal((await post(JSON.stringify(batch), {}, '/assignments')).status, 200);
    const seqOf = async (more: object): Promise<unknown> =>
      ((await (await post(JSON.stringify({ ...sound, ...more }))).json()) as { seq: unknown }).seq;
    assert.deepEqual([await seqOf({ tier: 't' }), await seqOf({}), await seqOf({ tier: 'u' })], [7, 7, 'unknown']);
  });
}

test('a row whose tier nobody knows is no row of a tier that a submit names', async (context) => {
  const { post } = await endpoint(context);
  await post(JSON.stringify([unsaid]), {}, '/assignments');
  const answer = await (await post(JSON.stringify({ ...sound, tier: 'u' }))).json();
  assert.equal((answer as { seq: unknown }).seq, 'unknown');
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
