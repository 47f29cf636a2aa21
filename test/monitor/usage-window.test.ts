import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProcessSnapshot } from '#src/monitor/process-sampler.js';
import type { Runtime } from '#src/monitor/usage-window.js';
import { meanOf, summarise, WindowSeries } from '#src/monitor/window-series.js';

type Threads = Record<number, [cpuMs: number, waitMs: number]>;

function snapshot(atMs: number, threads: Threads, ticksMs?: number): ProcessSnapshot {
  const entries = Object.entries(threads);
  const cpuMs = ticksMs ?? entries.reduce((sum, [, [cpu]]) => sum + cpu, 0);
  return {
    atNs: atMs * 1e6,
    stat: {
      pid: 1,
      name: 'x',
      state: 'S',
      parentPid: 0,
      userTicks: 0,
      systemTicks: 0,
      threads: entries.length,
      startTicks: 1,
    },
    userNs: cpuMs * 0.75 * 1e6,
    systemNs: cpuMs * 0.25 * 1e6,
    threads: new Map(
      entries.map(([tid, [cpu, wait]]) => [Number(tid), { cpuNs: cpu * 1e6, runQueueWaitNs: wait * 1e6 }]),
    ),
    rssBytes: atMs,
  };
}

function windowsOf(runtime: Runtime, snapshots: readonly ProcessSnapshot[]) {
  const series = new WindowSeries(runtime);
  for (const each of snapshots) series.add(each);
  return series.windows();
}

test('one snapshot makes no window', () => {
  assert.deepEqual(windowsOf('threads', [snapshot(0, { 1: [0, 0] })]), []);
});

test('the busiest thread and its own wait for a core are told apart from the sum', () => {
  const [window] = windowsOf('threads', [
    snapshot(0, { 1: [100, 10], 2: [0, 0] }),
    snapshot(1000, { 1: [400, 60], 2: [200, 400] }),
  ]);
  assert.equal(window?.cpuPercent, 50);
  assert.equal(window?.userPercent, 37.5);
  assert.equal(window?.busiestThread, 1);
  assert.equal(window?.busiestThreadPercent, 30);
  assert.equal(window?.runQueueWaitPercent, 5);
  assert.equal(window?.rssBytes, 1000);
});

test('under an interpreter lock the waits of all threads count, up to the whole time', () => {
  const at = (wait: number) =>
    windowsOf('interpreter-lock', [
      snapshot(0, { 1: [0, 0], 2: [0, 0] }),
      snapshot(1000, { 1: [100, wait], 2: [100, wait] }),
    ])[0]?.runQueueWaitPercent;
  assert.equal(at(150), 30);
  assert.equal(at(900), 100);
});

test('a thread that is born or ends within a window counts with what it was seen to use', () => {
  const [window] = windowsOf('threads', [
    snapshot(0, { 1: [500, 0] }),
    snapshot(300, { 1: [510, 0], 7: [200, 1] }, 710),
    snapshot(1000, { 1: [520, 0] }, 730),
  ]);
  assert.equal(window?.busiestThread, 7);
  assert.equal(window?.busiestThreadPercent, 20);
  assert.equal(window?.cpuPercent, 23);
});

test('threads that came and went between two snapshots show in the total', () => {
  const [window] = windowsOf('threads', [snapshot(0, { 1: [0, 0] }), snapshot(1000, { 1: [10, 0] }, 400)]);
  assert.equal(window?.cpuPercent, 40);
  assert.equal(window?.busiestThreadPercent, 1);
});

test('windows are cut at a second, the rest counts by its length in the mean and not in the maximum', () => {
  const windows = windowsOf('threads', [
    snapshot(0, { 1: [0, 0] }),
    snapshot(500, { 1: [500, 0] }),
    snapshot(1000, { 1: [500, 0] }),
    snapshot(2000, { 1: [600, 0] }),
    snapshot(2500, { 1: [1100, 0] }),
  ]);
  assert.deepEqual(
    windows.map((window) => window.cpuPercent),
    [50, 10, 100],
  );
  assert.equal(meanOf(windows, 'cpuPercent'), 44);
  assert.deepEqual(summarise(windows, 'cpuPercent'), { mean: 44, p95: 50, max: 50 });
});

test('after a restart only what follows counts', () => {
  const series = new WindowSeries('threads');
  series.add(snapshot(0, { 1: [0, 0] }));
  series.add(snapshot(1000, { 1: [1000, 0] }));
  series.add(snapshot(1200, { 1: [1200, 0] }));
  series.restart();
  series.add(snapshot(2200, { 1: [1300, 0] }));
  assert.deepEqual(
    series.windows().map((window) => Math.round(window.cpuPercent)),
    [10],
  );
});
