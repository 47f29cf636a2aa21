import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ErrorCode, isIpcbenchError } from '#src/errors.js';
import { capabilitiesOf, loadStrategy, resilienceOf, resolveReference } from '#src/strategies/index.js';
import { splitJoined } from '#src/strategies/spec.js';
import type { Session } from '#src/strategies/strategy.js';

const names = ['lock-pool', 'redis', 'submit-index'];

const splits: [spec: string, parts: string[]][] = [
  ['lock-pool', ['lock-pool']],
  ['lock-pool+submit-index', ['lock-pool', 'submit-index']],
  ['lock-pool:size=64+submit-index:size=8', ['lock-pool:size=64', 'submit-index:size=8']],
  ['lock-pool+submit-indx', ['lock-pool', 'submit-indx']],
  ['redis:url=redis://a:p+q@h+submit-index', ['redis:url=redis://a:p+q@h', 'submit-index']],
  ['./a+b/mine.mjs+lock-pool', ['./a+b/mine.mjs', 'lock-pool']],
  ['lock-pool+./a+b.mjs:n=1+submit-index', ['lock-pool', './a+b.mjs:n=1', 'submit-index']],
  ['file:///x/a+b.mjs', ['file:///x/a+b.mjs']],
  ['redis:secret=a+/b', ['redis:secret=a', '/b']],
];

for (const [spec, parts] of splits) {
  test(`${spec} is taken apart into ${parts.join(' and ')}`, () => {
    assert.deepEqual(splitJoined(spec, names), parts);
  });
}

const submitting = `
export default {
  name: 'mine', summary: 's', description: 'd', capabilities: ['submit'],
  options: { slots: { type: 'integer', default: 8, describe: 'slots' } },
  claims: () => ({ exclusion: false, noLostUpdates: false, maxStalenessMs: null, rightAnswers: true }),
  coordinators: ({ slots }) => [{ name: 'manager', program: 'file:///none.js', config: { slots } }],
  connect: async ({ addresses, options }) => ({
    submits: { submit: async () => ({ status: 200, seq: options.slots, recovered: false }), gauges: async () => addresses },
    close: async () => { throw new Error('mine was closed') },
  }),
};`;
const stating = `
export default {
  name: 'theirs', summary: 's', description: 'd', options: {},
  claims: () => ({ exclusion: true, noLostUpdates: false, maxStalenessMs: 5 }),
  coordinators: () => [{ name: 'manager', program: 'file:///none.js', config: {} }, { name: 'other', program: 'file:///none.js', config: {} }],
  connect: async ({ addresses, directory }) => {
    if (directory === 'fails') throw new Error('cannot connect');
    return { locks: { addresses }, state: {}, close: async () => {} };
  },
};`;
let folder: string;
let spec: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ipcb-'));
  await writeFile(join(folder, 'mine.mjs'), submitting);
  await writeFile(join(folder, 'theirs.mjs'), stating);
  spec = './theirs.mjs+./mine.mjs:slots=3';
});
after(() => rm(folder, { recursive: true }));

const context = {
  process: 'p',
  secret: 's',
  structures: [],
  addresses: { 'theirs.manager': 'unix:/1', 'mine.manager': 'unix:/2', other: 'unix:/3' },
};

test('a joined strategy has the parts, claims, capabilities and coordinators of all, under one label', async () => {
  const { strategy, options, label, reference } = await loadStrategy(spec, folder);
  assert.equal(label, spec);
  assert.equal(strategy.name, 'theirs+mine');
  assert.deepEqual(options, { 'mine.slots': 3 });
  assert.deepEqual(capabilitiesOf(strategy), ['locks', 'state', 'submit']);
  assert.deepEqual(strategy.claims(options), {
    exclusion: true,
    noLostUpdates: false,
    maxStalenessMs: 5,
    rightAnswers: true,
  });
  const plans = strategy.coordinators(options).map(({ name, config }) => [name, config]);
  assert.deepEqual(plans, [
    ['theirs.manager', {}],
    ['other', {}],
    ['mine.manager', { slots: 3 }],
  ]);
  const again = await resolveReference(structuredClone(reference));
  assert.deepEqual([again.strategy.name, again.options], [strategy.name, options]);
});

test('each part is given the addresses of its own coordinators, and its own options', async () => {
  const { strategy, options } = await loadStrategy(spec, folder);
  const session: Session = await strategy.connect({ ...context, options, directory: folder });
  assert.deepEqual(session.locks, { addresses: { manager: 'unix:/1', other: 'unix:/3' } });
  assert.deepEqual(await session.submits?.gauges?.(), { manager: 'unix:/2' });
  const submission = { account: 'a', epoch: 'e', tier: undefined, cid: 'c', lagged: false };
  assert.equal((await session.submits?.submit(submission, { timeoutMs: 1 }))?.seq, 3);
  assert.equal(session.fanOut, undefined);
  await assert.rejects(session.close(), /mine was closed/);
});

test('a part that cannot connect closes those that had, and its error is the one that is told', async () => {
  const { strategy, options } = await loadStrategy('./mine.mjs+./theirs.mjs', folder);
  await assert.rejects(strategy.connect({ ...context, options, directory: 'fails' }), /mine was closed|cannot connect/);
});

const refused: [spec: string, code: ErrorCode, message: RegExp][] = [
  ['lock-pool+redis', 'BAD_OPTION', /lock-pool\+redis: both have locks/],
  ['lock-pool+', 'UNKNOWN_STRATEGY', /unknown strategy ""/],
  ['+lock-pool', 'UNKNOWN_STRATEGY', /unknown strategy ""/],
  ['lock-pool+lok-pool', 'UNKNOWN_STRATEGY', /unknown strategy "lok-pool": did you mean lock-pool/],
  ['lock-pool:size=0+./mine.mjs', 'BAD_OPTION', /lock-pool: option size=0/],
  ['./mine.mjs:slot=1+lock-pool', 'BAD_OPTION', /mine: unknown option "slot"/],
];

for (const [given, code, message] of refused) {
  test(`${given} is refused`, async () => {
    await assert.rejects(
      loadStrategy(given, folder),
      (error) => isIpcbenchError(error, code) && message.test(error.message),
    );
  });
}

test('what becomes of the locks of joined strategies is what becomes of those of the part that has them', async () => {
  for (const [spec, exclusive] of [
    ['single-manager+submit-scan', 'race'],
    ['submit-scan+single-manager:create=atomic', 'yes'],
    ['lock-pool+submit-scan', 'yes'],
  ] as const) {
    const { strategy, options } = await loadStrategy(spec);
    assert.equal(resilienceOf(strategy, options).exclusive, exclusive, spec);
  }
});
