import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createKernelTimer } from '#src/system/kernel-timer.js';
import { openLibc } from '#src/system/libc.js';

const modules = JSON.stringify([
  import.meta.resolve('#src/system/kernel-timer.js'),
  import.meta.resolve('#src/system/libc.js'),
]);
const start = `
  const [{ createKernelTimer }, { openLibc }] = await Promise.all(${modules}.map((url) => import(url)));
  const libc = await openLibc();
`;

/** Runs a module in a process of its own, which the signal may end. */
function run(source: string): { status: number | null; signal: string | null; out: string; error: string } {
  const arguments_ = ['--input-type=module', '-e', start + source];
  const child = spawnSync(process.execPath, arguments_, { encoding: 'utf8', timeout: 30_000 });
  return { status: child.status, signal: child.signal, out: child.stdout.trim(), error: child.stderr };
}

test('it wakes at or after the time that was set, and the time that was set last counts', async () => {
  const libc = await openLibc();
  const early = process.hrtime.bigint() + 20_000_000n;
  const late = early + 20_000_000n;
  const woken = await new Promise<bigint>((resolve) => {
    const timer = createKernelTimer(libc, () => {
      timer.close();
      resolve(process.hrtime.bigint());
    });
    timer.set(early);
    timer.set(late);
  });
  assert.ok(woken >= late);
});

test('a process that waits for nothing but its timer stays alive, and ends when the timer is closed', () => {
  const { status, out } = run(`
    const timer = createKernelTimer(libc, () => { console.log('woken'); timer.close(); });
    timer.set(process.hrtime.bigint() + 30_000_000n);
  `);
  assert.equal(status, 0);
  assert.equal(out, 'woken');
});

test('more timers than a signal usually has listeners get on together without a warning', () => {
  const { status, out, error } = run(`
    let left = 30;
    const timers = Array.from({ length: 30 }, () => createKernelTimer(libc, () => {}));
    await Promise.all(timers.map((timer) => new Promise((resolve) => {
      const own = createKernelTimer(libc, () => { own.close(); left -= 1; resolve(); });
      own.set(1n);
    })));
    for (const timer of timers) timer.close();
    console.log(left);
  `);
  assert.equal(status, 0, error);
  assert.equal(out, '0');
  assert.equal(error, '');
});

test('a signal that comes late, when all timers are closed, ends nothing', () => {
  const { status, out } = run(`
    createKernelTimer(libc, () => {}).close();
    process.kill(process.pid, 'SIGALRM');
    setTimeout(() => console.log('alive'), 20);
  `);
  assert.equal(status, 0);
  assert.equal(out, 'alive');
});

test('a process that exits while its timer runs ends with its own code', () => {
  for (let round = 0; round < 5; round++) {
    const { status, signal } = run(`
      const timer = createKernelTimer(libc, () => timer.set(process.hrtime.bigint() + 20_000n));
      timer.set(1n);
      setTimeout(() => process.exit(7), 10);
    `);
    assert.equal(signal, null);
    assert.equal(status, 7);
  }
});

test('there is none in a thread, whom the signal does not reach', async () => {
  const source = `
    import('node:worker_threads').then(async ({ parentPort }) => {
      const [{ createKernelTimer }, { openLibc }] = await Promise.all(${modules}.map((url) => import(url)));
      try { createKernelTimer(await openLibc(), () => {}); } catch (error) { parentPort.postMessage(error.code); }
    });
  `;
  const thread = new Worker(source, { eval: true });
  const code = await new Promise((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
    thread.once('exit', () => reject(new Error('the thread said nothing')));
  });
  assert.equal(code, 'UNAVAILABLE');
});
