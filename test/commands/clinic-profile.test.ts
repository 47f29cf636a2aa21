import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { withoutClinic } from '../monitor/clinic/availability.js';
import { folder } from '../replay/bench-trace.js';
import { type Command, readOrEmpty, startCommand, until, untilNothingIsLeft } from '../replay/command.js';

/** Starts `ipcbench profile` on a program given as source, in a folder of its own. */
async function recorded(
  context: TestContext,
  flags: readonly string[],
  source: string,
): Promise<{ command: Command; home: string }> {
  const home = await folder(context);
  await writeFile(join(home, 'program.cjs'), source);
  const command = await startCommand(context, ['profile', ...flags, '--', 'node', 'program.cjs'], home);
  return { command, home };
}

/** Waits for a line of the program's. */
async function said(home: string, file: string): Promise<string> {
  return until(`a word in ${file}`, () => readOrEmpty(join(home, file)) || undefined);
}

function pageOf(home: string): string {
  const folderOfPages = join(home, 'ipcbench-clinic');
  const [page, ...others] = readdirSync(folderOfPages);
  assert.deepEqual(others, []);
  return readFileSync(join(folderOfPages, page ?? ''), 'utf8');
}

/** Computes in a function of this name, and keeps more with each call than lies between two samples of the heap, until it is told to end. */
const busy = `
  const { writeFileSync } = require('node:fs');
  const kept = [];
  function hotFunction() {
    let sum = 0;
    for (let i = 0; i < 3e6; i++) sum += Math.sqrt(i);
    if (kept.length < 100) kept.push(new Array(100_000).fill(sum));
  }
  setInterval(hotFunction, 20);
  setTimeout(() => writeFileSync('ready', 'yes'), 300);
`;

/** Forks a child that does the same, and tells its arguments. */
const forking = `
  const { fork } = require('node:child_process');
  const { writeFileSync } = require('node:fs');
  if (process.argv[2] === 'child') {
    writeFileSync('child', JSON.stringify({ pid: process.pid, flags: process.execArgv, env: Object.keys(process.env) }));
    setInterval(() => {}, 1000);
  } else fork(__filename, ['child']);
`;

describe('profile --clinic', { skip: withoutClinic }, () => {
  test('Ctrl-C ends the command and writes a page with its hot function', async (context) => {
    const { command, home } = await recorded(context, ['--clinic', 'flame'], busy);
    await said(home, 'ready');
    command.child.kill('SIGINT');
    const { code, stderr } = await command.ended;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^clinic flame will cost node program\.cjs about 32 % more CPU per operation\n/);
    assert.match(stderr, /the command has ended as asked/);
    assert.ok(pageOf(home).includes('hotFunction'));
    assert.deepEqual(readdirSync(home).sort(), ['ipcbench-clinic', 'program.cjs', 'ready']);
    await untilNothingIsLeft(command);
  });

  test('what was recorded is whole when the program calls process.exit, and its own handler has Ctrl-C', async (context) => {
    const source = `${busy} process.on('SIGINT', () => { writeFileSync('handled', 'yes'); process.exit(0); });`;
    const { command, home } = await recorded(context, ['--clinic', 'heapprofiler'], source);
    await said(home, 'ready');
    command.child.kill('SIGINT');
    const { code, stderr } = await command.ended;
    assert.equal(code, 0, stderr);
    await said(home, 'handled');
    assert.ok(pageOf(home).includes('hotFunction'));
    await untilNothingIsLeft(command);
  });

  test('a forked child runs as if nothing were recorded, and does not outlive the command', async (context) => {
    const { command, home } = await recorded(context, ['--clinic', 'flame'], forking);
    const child = JSON.parse(await until('a child', () => whole(join(home, 'child')))) as {
      flags: string[];
      env: string[];
    };
    assert.deepEqual(child.flags, []);
    assert.deepEqual(
      child.env.filter((name) => /CLINIC/.test(name) && name !== 'IPCBENCH_TEST_CLINIC'),
      [],
    );
    command.child.kill('SIGINT');
    assert.equal((await command.ended).code, 0);
    await untilNothingIsLeft(command);
  });

  test('--duration ends it, however late the program comes to run', async (context) => {
    const { command, home } = await recorded(context, ['--clinic', 'heapprofiler', '--duration', '100ms'], busy);
    const { code, stderr } = await command.ended;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /ended as asked/);
    assert.ok(pageOf(home).includes('Heap Profiler'));
    await untilNothingIsLeft(command);
  });

  test('a command that fails by itself gets its page, and exit code 3', async (context) => {
    const { command, home } = await recorded(context, ['--clinic', 'heapprofiler'], 'process.exit(7);');
    const { code, stderr } = await command.ended;
    assert.equal(code, 3);
    assert.match(stderr, /ended by itself with exit code 7/);
    assert.ok(pageOf(home).includes('Heap Profiler'));
  });

  test('a command that does not end when asked is killed', async (context) => {
    const source = `${busy} process.on('SIGINT', () => writeFileSync('asked', 'yes'));`;
    const { command, home } = await recorded(context, ['--clinic', 'heapprofiler'], source);
    await said(home, 'ready');
    command.child.kill('SIGINT');
    const { code, stderr } = await command.ended;
    await said(home, 'asked');
    assert.match(stderr, /did not end within 10 s of SIGINT and was killed/);
    assert.match(stderr, /clinic heapprofiler made no page/);
    assert.equal(code, 3);
    assert.ok(!readdirSync(home).includes('ipcbench-clinic'));
    await untilNothingIsLeft(command);
  });

  test('when ipcbench itself is killed, the command, its children and the recording are gone soon after', async (context) => {
    const { command, home } = await recorded(context, ['--clinic', 'doctor'], forking);
    await until('a child', () => whole(join(home, 'child')));
    command.child.kill('SIGKILL');
    await command.ended.catch(() => {});
    await untilNothingIsLeft(command);
  });
});

/** The text of a file once it is all there. */
function whole(path: string): string | undefined {
  const text = readOrEmpty(path);
  return text.endsWith('}') ? text : undefined;
}
