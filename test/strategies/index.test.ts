import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type ErrorCode, isIpcbenchError } from '#src/errors.js';
import { listStrategies, loadStrategy, resolveReference } from '#src/strategies/index.js';

const shape = `name: 'mine', summary: 's', description: 'd', claims: () => ({}), coordinators: () => [], connect: async () => ({})`;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ipcb-'));
  await writeFile(
    join(folder, 'mine.mjs'),
    `export default { ${shape}, options: { n: { type: 'integer', default: 1, describe: 'n' } } };`,
  );
  await writeFile(join(folder, 'empty.mjs'), '');
  await writeFile(join(folder, 'broken.mjs'), 'export default {');
  await writeFile(
    join(folder, 'half.mjs'),
    `export default { name: 'half', summary: 's', options: { n: {} }, claims() {} };`,
  );
});
after(() => rm(folder, { recursive: true }));

const fails = (spec: string, code: ErrorCode, message: RegExp) =>
  assert.rejects(loadStrategy(spec, folder), (error) => isIpcbenchError(error, code) && message.test(error.message));

test('finds its siblings, each with what the help prints', async () => {
  const strategies = await listStrategies();
  const names = strategies.map(({ name }) => name);
  for (const name of ['none', 'unlocked', 'single-manager', 'multi-manager', 'lock-pool'])
    assert.ok(names.includes(name));
  assert.deepEqual(names, names.toSorted());
  assert.equal(new Set(names).size, names.length);
  for (const { description, name } of strategies) assert.ok(description.length > 200, `${name} explains itself`);
});

test('loads a strategy by name, with options, and again from its reference', async () => {
  const loaded = await loadStrategy('lock-pool:size=16');
  assert.equal(loaded.label, 'lock-pool:size=16');
  assert.equal(loaded.options.size, 16);
  const again = await resolveReference(structuredClone(loaded.reference));
  assert.equal(again.strategy, loaded.strategy);
  assert.deepEqual(again.options, loaded.options);
});

test('loads a module by relative path, absolute path and file URL, with options', async () => {
  for (const path of [
    './mine.mjs',
    'mine.mjs',
    join(folder, 'mine.mjs'),
    pathToFileURL(join(folder, 'mine.mjs')).href,
  ]) {
    const { strategy, options } = await loadStrategy(`${path}:n=5`, folder);
    assert.equal(strategy.name, 'mine');
    assert.equal(options.n, 5);
    assert.equal((await loadStrategy(path, folder)).options.n, 1);
  }
});

test('names the nearest strategy when there is none of that name', async () => {
  await fails('lockpool', 'UNKNOWN_STRATEGY', /unknown strategy "lockpool": did you mean lock-pool\?/);
  await fails('', 'UNKNOWN_STRATEGY', /known are /);
  await fails('strategy', 'UNKNOWN_STRATEGY', /unknown strategy "strategy"/);
  await fails('./nowhere.mjs', 'UNKNOWN_STRATEGY', /no such file/);
});

test('says what a module lacks to be a strategy', async () => {
  await fails('./empty.mjs', 'BAD_STRATEGY', /no default export/);
  await fails('./broken.mjs', 'BAD_STRATEGY', /cannot be loaded/);
  await fails(
    './half.mjs',
    'BAD_STRATEGY',
    /description must be a text.*coordinators\(\) is missing.*connect\(\) is missing.*option n needs/,
  );
});

test('refuses bad and contradictory options before anything starts', async () => {
  await fails('lock-pool:size=0', 'BAD_OPTION', /size=0: expected a whole number from 1/);
  await fails('lock-pool:256', 'BAD_OPTION', /options are written lock-pool:option=value/);
  await fails('multi-manager:managers=5', 'BAD_OPTION', /routing=hash/);
  await fails('./mine.mjs:m=1', 'BAD_OPTION', /unknown option "m"/);
});

const headers: [text: string, says: RegExp][] = [
  ['foo', /headers: expected JSON/],
  ['[1]', /headers: expected JSON/],
  ['{"a": 1}', /headers: expected JSON/],
  ['{"Transfer-Encoding": "chunked"}', /Transfer-Encoding: the client writes its own/],
  ['{"x": "\u2603"}', /header x: its value holds what HTTP cannot carry/],
];

for (const [text, says] of headers) {
  test(`headers of a target that are ${text} are refused when it is loaded`, async () => {
    await assert.rejects(
      loadStrategy('submit-target', folder, { endpoint: 'http://127.0.0.1:1', headers: text }),
      (error) => isIpcbenchError(error, 'BAD_OPTION') && says.test(error.message),
    );
  });
}
