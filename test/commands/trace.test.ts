import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { sampleHeader, sampleOrder, temporaryFile, temporaryFolder, traceLines } from '../trace/sample.js';

const binary = fileURLToPath(new URL('../../../bin/ipcbench.js', import.meta.url));
const fixture = fileURLToPath(new URL('../../../fixtures/orders-contended.jsonl', import.meta.url));

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

function ipcbench(args: string[], input: string | Buffer = ''): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [binary, 'trace', ...args], { stdio: 'pipe' });
    const outcome: Outcome = { code: null, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      outcome.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      outcome.stderr += text;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...outcome, code }));
  });
}

const spooled = async (): Promise<string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('ipcbench-trace-'));

test('validate prints one line for a valid trace, from a file or from stdin', async () => {
  const before = await spooled();
  const { code, stdout } = await ipcbench(['validate', fixture]);
  assert.equal(code, 0);
  assert.match(stdout, /orders-contended\.jsonl: 4022 operations, 20 s, sha256 [0-9a-f]{64}\n$/);
  const piped = await ipcbench(['validate', '-'], await readFile(fixture));
  assert.equal(piped.stdout.split(': ')[1], stdout.split(': ')[1]);
  assert.deepEqual(await spooled(), before);
});

test('a bad trace ends with exit code 2 and one line that says where', async (context) => {
  const path = await temporaryFile(
    context,
    't.jsonl',
    traceLines(sampleHeader, sampleOrder, { ...sampleOrder, at: -1 }),
  );
  for (const verb of ['validate', 'inspect']) {
    const { code, stdout, stderr } = await ipcbench([verb, path]);
    assert.deepEqual([code, stdout], [2, '']);
    assert.equal(stderr, `ipcbench: ${path}:3: "at" is -1, expected a number of milliseconds, 0 or more\n`);
  }
});

test('--skip-invalid counts the lines left out and shows the first few', async (context) => {
  const path = await temporaryFile(context, 't.jsonl', traceLines(sampleHeader, sampleOrder, 'x', 'y'));
  const { code, stdout, stderr } = await ipcbench(['validate', '--skip-invalid', path]);
  assert.equal(code, 0);
  assert.match(stdout, /1 operations, .*, 2 bad lines skipped\n$/);
  assert.equal(stderr.split('\n').length, 3);
});

test('generate prints or writes the same bytes for the same preset, seed and parameters', async (context) => {
  const path = join(await temporaryFolder(context), 't.jsonl.gz');
  const printed = await ipcbench(['generate', 'orders', '--preset', 'orders-contended']);
  assert.equal(printed.stdout, await readFile(fixture, 'utf8'));
  const written = await ipcbench(['generate', 'orders', '--preset', 'orders-contended', '--out', path]);
  assert.deepEqual([written.code, written.stdout], [0, '']);
  assert.equal(gunzipSync(await readFile(path)).toString(), printed.stdout);
});

test('parameters given with --set, with units or without, end up in the header', async () => {
  const set = ['accounts=20', 'durationMs=1.5s', 'hotShare=50%', 'positionBytes=2kB'].flatMap((setting) => [
    '--set',
    setting,
  ]);
  const { stdout } = await ipcbench(['generate', 'orders', '--seed', '7', '--name', 'mine', ...set]);
  const header = JSON.parse(stdout.slice(0, stdout.indexOf('\n')));
  assert.equal(header.name, 'mine');
  assert.equal(header.provenance.seed, 7);
  const { accounts, durationMs, hotShare, positionBytes } = header.provenance.parameters;
  assert.deepEqual([accounts, durationMs, hotShare, positionBytes], [20, 1500, 0.5, 2000]);
});

for (const [args, message] of [
  [['generate'], /which generator\? orders or ledger/],
  [['generate', 'ordres'], /no generator is called "ordres": did you mean "orders"/],
  [
    ['generate', 'orders', '--preset', 'incident'],
    /no preset called "incident": did you mean|no preset called "incident": there are/,
  ],
  [['generate', 'orders', '--set', 'accounts'], /--set accounts: expected name=value/],
  [['generate', 'orders', '--set', 'accounts=many'], /--set accounts=many: "many" is not a number/],
  [['generate', 'orders', '--set', 'accounts=0'], /parameter "accounts" is 0, expected a whole number from 1/],
  [['generate', 'orders', '--seed', '-1'], /--seed/],
  [
    ['generate', 'orders', '--out', '/nowhere/t.jsonl'],
    /\/nowhere\/t\.jsonl: cannot be written: its folder does not exist/,
  ],
  [['validate', '/nowhere/t.jsonl'], /\/nowhere\/t\.jsonl: no such file/],
  [['validate', '--skip', fixture], /unknown option '--skip'/],
  [['inspect', '--format', 'xml', fixture], /'xml' is invalid/],
] as const) {
  test(`\`trace ${args.join(' ').replace(fixture, 'x')}\` is refused with exit code 2`, async () => {
    const { code, stdout, stderr } = await ipcbench([...args]);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, message);
  });
}

test('generate --list names every parameter and preset', async () => {
  const { code, stdout } = await ipcbench(['generate', '--list']);
  assert.equal(code, 0);
  for (const name of ['accountSkew', 'ledgerPauseMs', 'orders-incident', 'ledger-patch'])
    assert.ok(stdout.includes(name));
});

test('convert packs and unpacks without changing an operation, and repairs the count of a repaired trace', async (context) => {
  const folder = await temporaryFolder(context);
  const [packed, plain] = [join(folder, 'p.jsonl.gz'), join(folder, 'p.jsonl')];
  assert.equal((await ipcbench(['convert', fixture, packed])).code, 0);
  assert.equal((await ipcbench(['convert', packed, plain])).code, 0);
  assert.equal(await readFile(plain, 'utf8'), await readFile(fixture, 'utf8'));
  const broken = join(folder, 'b.jsonl');
  await writeFile(
    broken,
    traceLines({ ...sampleHeader, operations: 9 }, sampleOrder, 'x', { ...sampleOrder, extra: 1 }),
  );
  const refused = await ipcbench(['convert', broken, plain]);
  assert.equal(refused.code, 2);
  const { code, stdout } = await ipcbench(['convert', '--skip-invalid', '-', '-'], await readFile(broken));
  assert.equal(code, 0);
  assert.equal(stdout, traceLines({ ...sampleHeader, operations: 2 }, sampleOrder, { ...sampleOrder, extra: 1 }));
});

test('inspect prints tables, and JSON on request', async () => {
  const { code, stdout } = await ipcbench(['inspect', fixture]);
  assert.equal(code, 0);
  for (const part of ['generated by orders, seed 13', 'validator-7', '│ order ', 'a0|i0', 'sha256', '▇'])
    assert.ok(stdout.includes(part), `${part} is missing in ${stdout}`);
  const json = JSON.parse((await ipcbench(['inspect', '--format', 'json', fixture])).stdout);
  assert.equal(json.summary.operations, 4022);
  assert.equal(json.primary, 'order');
});
