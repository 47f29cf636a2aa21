import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isIpcbenchError } from '#src/errors.js';
import { rehearseReplay } from '#src/replay/rehearsal.js';
import { type ReplayOptions, replay } from '#src/replay/replay.js';
import { every, folder, look, merged, packageRoot, plainHeader, writeTrace } from './bench-trace.js';
import { handIns, requestHeader } from './submit/endpoint.js';

const here = (url: string) => ({ url, headers: {}, allowRemote: false });
const to = (url: string): Omit<ReplayOptions, 'trace'> => ({ strategies: ['submit-target'], target: here(url) });
const cannon = { closedConcurrency: 1, driver: 'autocannon' } as const;

type Trace = 'submits' | 'looks' | 'both';
const refused: [what: string, trace: Trace, options: Omit<ReplayOptions, 'trace'>, says: RegExp][] = [
  ['a target with a path', 'submits', to('http://127.0.0.1:1/api'), /expected no path/],
  ['a target with a password', 'submits', to('http://u:p@127.0.0.1:1'), /--header/],
  ['a target without a scheme', 'submits', to('127.0.0.1:18123'), /expected a URL such as/],
  ['a target that is a socket', 'submits', to('unix:/nowhere'), /expected a URL such as/],
  ['a target on another machine', 'submits', to('http://10.1.2.3'), /is not this machine/],
  ['an empty target', 'submits', to(''), /it needs an endpoint: give --target/],
  ['a target that nobody named', 'submits', { strategies: ['submit-target'] }, /it needs an endpoint: give --target/],
  [
    'a header that no client sends',
    'submits',
    { ...to('http://127.0.0.1:1'), target: { ...here('http://127.0.0.1:1'), headers: { Expect: '100-continue' } } },
    /header Expect: the client writes its own/,
  ],
  [
    'a gate of a strategy without locks',
    'submits',
    { strategies: ['submit-scan:gate=shared,gate-locks=submit-scan'] },
    /it has no locks/,
  ],
  [
    'a secret that is not there',
    'submits',
    { strategies: ['submit-scan:secret-file=/nowhere/at/all'] },
    /secret-file=\/nowhere/,
  ],
  [
    'more servers than the option takes',
    'submits',
    { strategies: ['submit-scan'], servers: 65 },
    /servers=65: expected a whole number from 1 to 64/,
  ],
  ['servers of a strategy without any', 'looks', { strategies: ['none'], servers: 3 }, /--servers: none of the strat/],
  ['servers of somebody else', 'submits', { ...to('http://127.0.0.1:1'), servers: 3 }, /--servers: none of the strat/],
  ['a miss rate without submits', 'looks', { strategies: ['none'], missRate: 0.05 }, /--miss-rate: this trace has no/],
  [
    'a miss rate for an endpoint that a spec names',
    'submits',
    { strategies: ['submit-target:endpoint=http://127.0.0.1:1'], missRate: 0.05 },
    /--miss-rate is for our own servers/,
  ],
  [
    'autocannon for an https endpoint that a spec names',
    'submits',
    { strategies: ['submit-target:endpoint=https://127.0.0.1:1'], ...cannon },
    /--driver autocannon is for http:\/\//,
  ],
  [
    'autocannon for such an endpoint of a joined strategy',
    'submits',
    { strategies: ['none+submit-target:endpoint=https://127.0.0.1:1'], ...cannon },
    /--driver autocannon is for http:\/\//,
  ],
  ['a driver without submits', 'looks', { strategies: ['none'], ...cannon }, /--driver: this trace has no submits/],
  [
    'autocannon for a trace with other operations too',
    'both',
    { strategies: ['none+submit-scan'], ...cannon, workers: 1 },
    /--driver autocannon sends operations that are one submit each/,
  ],
  ['a warm-up of all of the trace', 'looks', { strategies: ['none'], warmupMs: 60_000 }, /leaves nothing to measure/],
  ['a fault that there is not', 'looks', { strategies: ['none'], faults: ['kill@1s'] }, /--fault kill@1s: expected/],
];

for (const [what, name, options, says] of refused) {
  test(`${what}: a dry run refuses what a replay refuses, in the same words and before anything starts`, async (context) => {
    const looks = every(5, 3, () => look('a'));
    const operations = { submits: handIns(5, 3), looks, both: merged(handIns(5, 3), looks) }[name];
    const templates = { ...plainHeader.templates, ...requestHeader.templates };
    const trace = await writeTrace(context, { ...plainHeader, templates }, operations);
    const onProgress: ReplayOptions['onProgress'] = ({ stage }) => assert.equal(stage, 'reading');
    for (const run of [rehearseReplay, replay])
      await assert.rejects(
        run({ trace, onProgress, ...options }),
        (error) => isIpcbenchError(error) && error.exitCode === 2 && says.test(error.message),
        run.name,
      );
  });
}

test('a dry run tells apart what would run and what cannot run here, and leaves no file', async (context) => {
  const temporaryFolder = await folder(context);
  const { TMPDIR } = process.env;
  process.env.TMPDIR = temporaryFolder;
  context.after(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  });
  const strategies = ['submit-scan', 'submit-target'];
  const trace = join(packageRoot, 'fixtures/submits-calm.jsonl');
  const told = await rehearseReplay({ trace, strategies, optional: strategies });
  assert.deepEqual(told.strategies, ['submit-scan']);
  assert.deepEqual(
    told.unavailable.map(({ label }) => label),
    ['submit-target'],
  );
  assert.deepEqual(readdirSync(temporaryFolder), []);
});
