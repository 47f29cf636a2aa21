import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { checkOf } from '#src/report/schema.js';
import { every, headerOf, packageRoot } from './replay/bench-trace.js';

const execute = promisify(execFile);

const program = `import { defineStrategy, type MeasuredResult, readTrace, replay } from 'ipcbench';
import { lockPool, type MinerResponse, openSession, type Row, rowsOf, serveStrategy } from 'ipcbench/strategies';

const nothing = defineStrategy({
  name: 'nothing',
  summary: 'Does nothing.',
  description: 'Written against the types of the installed package.',
  options: { patience: { type: 'duration', default: 5, describe: 'unused' } },
  claims: ({ patience }) => ({ exclusion: patience < 0, noLostUpdates: false, maxStalenessMs: null }),
  coordinators: () => [],
  connect: async () => {
    throw new Error('never opened');
  },
});

const trace = await readTrace('trace.jsonl');
let operations = 0;
for await (const operation of trace) operations += operation.op === 'order' ? 1 : 0;
const run = await replay({ trace: 'trace.jsonl', strategies: ['lock-pool'] });
const [result] = run.results;
const measured = result?.state === 'complete' ? (result satisfies MeasuredResult) : undefined;
const rows: Row[] = rowsOf({ delayMs: 1, rows: 2, floats: 3, fails: false }, 0, 0);
const response: MinerResponse = { miner: 0, rows };
console.log(JSON.stringify({
  answered: response.rows.length,
  name: nothing.name,
  header: trace.header.name,
  operations,
  count: measured?.operations.order?.count,
  exported: [typeof lockPool.connect, typeof openSession, typeof serveStrategy],
}));
`;

const configuration = {
  compilerOptions: {
    target: 'ES2023',
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    lib: ['ES2023'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
  },
  files: ['use.ts'],
};

describe('the package, packed and installed in an empty folder', () => {
  let home = '';
  let packed: string[] = [];
  const run = (command: string, args: string[]): Promise<{ stdout: string; stderr: string }> =>
    execute(command, args, { cwd: home, env: { ...process.env, TMPDIR: home, NO_COLOR: '1' } });

  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'package-test-'));
    const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', home];
    const { stdout } = await execute('npm', args, { cwd: packageRoot });
    const [tarball] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
    packed = tarball?.files.map(({ path }) => path) ?? [];
    await writeFile(join(home, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }));
    await run('npm', ['install', `./${tarball?.filename}`, '--no-audit', '--no-fund', '--prefer-offline']);
    const orders = every(20, 10, () => ({ op: 'order', process: 'p0', fields: { key: 'k' } }));
    const lines = [headerOf([{ name: 'p0' }]), ...orders].map((line) => `${JSON.stringify(line)}\n`);
    await writeFile(join(home, 'trace.jsonl'), lines.join(''));
  });

  after(() => rm(home, { recursive: true, force: true }));

  test('holds what users need and nothing else', () => {
    const folders = new Set(packed.map((path) => path.split('/')[0]));
    for (const needed of ['bin', 'dist', 'schema', 'docs', 'fixtures', 'README.md', 'package.json'])
      assert.ok(folders.has(needed), `${needed} is missing`);
    for (const absent of ['src', 'test', 'build', 'node_modules', 'bench']) assert.ok(!folders.has(absent), absent);
    const installed = join(home, 'node_modules/ipcbench');
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { bin: { ipcbench: string } };
    assert.ok(existsSync(join(installed, manifest.bin.ipcbench)));
  });

  test('npx ipcbench replays a copied trace and writes a sound report', async () => {
    const { stdout } = await run('npx', ['ipcbench', 'replay', 'trace.jsonl', '-s', 'lock-pool', '--report', 'r.json']);
    assert.match(stdout, /lock-pool\b.*\b10\b/);
    assert.equal(checkOf('report')(JSON.parse(readFileSync(join(home, 'r.json'), 'utf8'))), undefined);
  });

  test('npx ipcbench checks a copied fixture of the package', async () => {
    await copyFile(join(home, 'node_modules/ipcbench/fixtures/orders-quiet.jsonl'), join(home, 'quiet.jsonl'));
    const { stdout } = await run('npx', ['ipcbench', 'replay', 'quiet.jsonl', '--dry-run']);
    assert.match(stdout, /quiet\.jsonl: \d+ operations/);
  });

  test('a strategy of the user’s own, written against the installed package, is replayed', async () => {
    await copyFile(join(packageRoot, 'test/replay/strategies/timed.mjs'), join(home, 'mine.mjs'));
    const { stdout } = await run('npx', ['ipcbench', 'replay', 'trace.jsonl', '-s', './mine.mjs:take=1ms']);
    assert.match(stdout, /mine\.mjs:take=1ms/);
  });

  test('a TypeScript program compiles against its types and runs', async () => {
    await writeFile(join(home, 'use.ts'), program);
    await writeFile(join(home, 'tsconfig.json'), JSON.stringify(configuration));
    await symlink(join(packageRoot, 'node_modules/@types'), join(home, 'node_modules/@types'));
    await symlink(join(packageRoot, 'node_modules/undici-types'), join(home, 'node_modules/undici-types')).catch(
      () => {},
    );
    const compiler = join(packageRoot, 'node_modules/typescript/bin/tsc');
    const faults = await run(process.execPath, [compiler, '-p', home]).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    );
    assert.equal(faults, '');
    const { stdout } = await run(process.execPath, ['use.js']);
    assert.deepEqual(JSON.parse(stdout), {
      name: 'nothing',
      answered: 2,
      header: 'test',
      operations: 10,
      count: 10,
      exported: ['function', 'function', 'function'],
    });
  });

  test('nothing is left of the runs but what they were told to write', () => {
    const left = readdirSync(home).filter((name) => name.startsWith('ipcbench-') && !name.endsWith('.tgz'));
    assert.deepEqual(left, []);
  });
});
