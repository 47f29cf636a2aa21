import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { clockFrom, monotonicNs } from '#src/measure/clock.js';
import { startAlarm } from '#src/replay/alarm/alarm.js';
import { kernelTimerWaker, sleepingThreadWaker } from '#src/replay/alarm/open-waker.js';
import type { WakerSource } from '#src/replay/alarm/waker.js';

const sources: readonly [name: string, source: WakerSource][] = [
  ['kernel timer', kernelTimerWaker],
  ['sleeping thread', sleepingThreadWaker],
];

for (const [name, source] of sources) {
  test(`${name}: callbacks are woken in the order of their due times, first come first among equals, and never early`, async (context) => {
    const clock = clockFrom(monotonicNs());
    const alarm = await startAlarm(clock, source);
    context.after(() => alarm.close());
    const fromNs = clock.nowNs() + 20e6;
    const delaysMs = [30, 5, 5, 12, 0, 41, 5.5, 12, 29];
    const woken: [delayMs: number, index: number][] = [];
    await Promise.all(
      delaysMs.map(async (delayMs, index) => {
        await alarm.until(fromNs + delayMs * 1e6);
        assert.ok(clock.nowNs() >= fromNs + delayMs * 1e6, `${delayMs} ms was woken early`);
        woken.push([delayMs, index]);
      }),
    );
    const expected = delaysMs.map((delayMs, index): [number, number] => [delayMs, index]);
    expected.sort(([a, i], [b, j]) => a - b || i - j);
    assert.deepEqual(woken, expected);
  });

  test(`${name}: a due time that has passed is woken all the same, but not before the call returns`, async (context) => {
    const clock = clockFrom(monotonicNs());
    const alarm = await startAlarm(clock, source);
    context.after(() => alarm.close());
    let returned = false;
    const woken = new Promise<boolean>((resolve) => alarm.at(-1e12, () => resolve(returned)));
    returned = true;
    assert.equal(await woken, true);
  });

  test(`${name}: an earlier time set later comes first`, async (context) => {
    const clock = clockFrom(monotonicNs());
    const alarm = await startAlarm(clock, source);
    context.after(() => alarm.close());
    let lateWoken = false;
    void alarm.until(clock.nowNs() + 3_600e9).then(() => {
      lateWoken = true;
    });
    await alarm.until(clock.nowNs() + 1e6);
    await alarm.until(clock.nowNs() + 1e6);
    assert.equal(lateWoken, false);
  });

  test(`${name}: many thousands of callbacks for one moment are all woken`, async (context) => {
    const clock = clockFrom(monotonicNs());
    const alarm = await startAlarm(clock, source);
    context.after(() => alarm.close());
    const due = clock.nowNs() + 5e6;
    await Promise.all(Array.from({ length: 20_000 }, () => alarm.until(due)));
    assert.ok(clock.nowNs() >= due);
  });

  test(`${name}: after closing nobody is woken, and closing twice is harmless`, async () => {
    const clock = clockFrom(monotonicNs());
    const alarm = await startAlarm(clock, source);
    const other = await startAlarm(clock, source);
    let woken = false;
    const due = clock.nowNs() + 20e6;
    alarm.at(due, () => {
      woken = true;
    });
    await alarm.close();
    await alarm.close();
    await other.until(due + 20e6);
    await other.close();
    assert.equal(woken, false);
  });
}

test('where the signal of kernel timers is blocked, a thread wakes in their stead', () => {
  const [alarm, clock, libc] = ['replay/alarm/alarm.js', 'measure/clock.js', 'system/libc.js'].map((path) =>
    JSON.stringify(import.meta.resolve(`#src/${path}`)),
  );
  const source = `
    const { openLibc } = await import(${libc});
    const { startAlarm } = await import(${alarm});
    const { clockFrom, monotonicNs } = await import(${clock});
    const [SIG_BLOCK, SIGALRM] = [0, 14];
    const blocked = Buffer.alloc(128);
    blocked.writeUInt32LE(1 << (SIGALRM - 1));
    (await openLibc()).library.func('int pthread_sigmask(int how, void *set, void *previous)')(SIG_BLOCK, blocked, null);
    const clock = clockFrom(monotonicNs());
    const alarm = await startAlarm(clock);
    const due = clock.nowNs() + 20e6;
    await alarm.until(due);
    console.log(clock.nowNs() >= due);
    await alarm.close();
  `;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  assert.equal(child.stdout.trim(), 'true', child.stderr);
  assert.equal(child.status, 0);
});
