import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type MonitorTarget, processCpuNs, sampleRss, startMonitor } from '#src/monitor/monitor.js';
import { parseProcessStat } from '#src/system/process-stat.js';
import { busyNode, idleNode, startNode, startPython } from './target.js';

const now = (): number => Number(process.hrtime.bigint());

/** What the kernel says a process used, in nanoseconds: an independent count in ticks. */
function ticksNs(pid: number): number {
  const stat = parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  return (stat.userTicks + stat.systemTicks) * 1e7;
}

/** Ticks are 10 ms, and scheduler statistics lag behind by one at most. */
const toleranceNs = 3e7;

/** Watches for a while, and tells between which percentages of a core the first target must have been, by the kernel's own count. */
async function watch(targets: [MonitorTarget, ...MonitorTarget[]], forMs: number) {
  const { pid } = targets[0];
  const monitor = startMonitor(targets, { now });
  const outerStart = { atNs: now(), cpuNs: ticksNs(pid) };
  monitor.mark();
  const innerStart = { cpuNs: ticksNs(pid), atNs: now() };
  await delay(forMs);
  const innerEnd = { atNs: now(), cpuNs: ticksNs(pid) };
  const usages = monitor.stop();
  const outerEnd = { cpuNs: ticksNs(pid), atNs: now() };
  const least = (100 * (innerEnd.cpuNs - innerStart.cpuNs - toleranceNs)) / (outerEnd.atNs - outerStart.atNs);
  const most = (100 * (outerEnd.cpuNs - outerStart.cpuNs + toleranceNs)) / (innerEnd.atNs - innerStart.atNs);
  const mean = usages[0]?.cpuPercent.mean ?? Number.NaN;
  return {
    usages,
    series: monitor.series(),
    agrees: mean >= least && mean <= most,
    figures: `${least} ≤ ${mean} ≤ ${most}`,
  };
}

test('a busy process is judged by what the kernel says it used, and an idle one is healthy', async (t: TestContext) => {
  const [busy, idle] = await Promise.all([startNode(t, busyNode), startNode(t, idleNode)]);
  const { usages, series, agrees, figures } = await watch(
    [
      { name: 'busy', pid: busy.pid, runtime: 'threads' },
      { name: 'idle', pid: idle.pid, runtime: 'threads' },
    ],
    2300,
  );
  const [first, second] = usages;
  assert.ok(first && second);
  assert.ok(agrees, figures);
  assert.ok(first.saturated, 'it takes all it can get');
  assert.ok(first.busiestThreadPercent.mean > 0.9 * first.cpuPercent.mean, 'its main thread does the work');
  assert.ok(first.rssBytes.max > 1e7);
  assert.equal(second.verdict, 'healthy');
  assert.ok(second.cpuPercent.mean < 10);
  const seconds = series.filter((point) => point.name === 'busy').map((point) => point.second);
  assert.equal(seconds[0], 0);
  assert.ok(seconds.every((second, index) => index === 0 || second > (seconds[index - 1] ?? 0)));
});

test('Python threads that come and go count in the total', async (t: TestContext) => {
  const python = await startPython(
    t,
    `
import threading, time
print('ready', flush=True)
def burn():
    end = time.thread_time() + 0.01
    while time.thread_time() < end: pass
while True:
    thread = threading.Thread(target=burn)
    thread.start()
    thread.join()
    time.sleep(0.01)
`,
  );
  const { agrees, figures } = await watch([{ name: 'python', pid: python.pid, runtime: 'interpreter-lock' }], 2100);
  assert.ok(agrees, figures);
});

test('a process that ends meanwhile keeps what was measured', async (t: TestContext) => {
  const target = await startNode(t, busyNode);
  const monitor = startMonitor([{ name: 'busy', pid: target.pid, runtime: 'threads' }], { now });
  monitor.mark();
  await delay(1500);
  await target.end();
  await delay(300);
  const [usage] = monitor.stop();
  assert.ok(usage && usage.cpuPercent.mean > 10);
  assert.notEqual(usage.verdict, 'unknown');
  assert.deepEqual(monitor.stop(), [usage]);
});

test('a process that was never there reads unknown', () => {
  const monitor = startMonitor([{ name: 'nobody', pid: 2 ** 22 + 1, runtime: 'threads' }], { now });
  monitor.mark();
  const [usage] = monitor.stop();
  assert.equal(usage?.verdict, 'unknown');
  assert.deepEqual(monitor.series(), []);
});

test('what came before the mark is forgotten', async (t: TestContext) => {
  const target = await startNode(
    t,
    `console.log('ready'); const until = Date.now() + 1200; while (Date.now() < until); setInterval(() => {}, 1000);`,
  );
  const monitor = startMonitor([{ name: 'was busy', pid: target.pid, runtime: 'threads' }], { now });
  await idleAgain(target.pid);
  monitor.mark();
  await delay(1200);
  const [usage] = monitor.stop();
  assert.ok(usage && usage.cpuPercent.mean < 20, `${usage?.cpuPercent.mean}`);
});

/** Waits until a process has used under a tick in 200 ms. */
async function idleAgain(pid: number): Promise<void> {
  for (let before = -1e9; ticksNs(pid) - before > 1e7; await delay(200)) before = ticksNs(pid);
}

test('memory and CPU time of a process are read at once, and of none are unknown', async (t: TestContext) => {
  const target = await startNode(
    t,
    `globalThis.held = Buffer.alloc(64e6, 1); console.log('ready'); setInterval(() => {}, 1000);`,
  );
  const rss = sampleRss(target.pid);
  assert.ok(rss !== undefined && rss > 64e6);
  const cpuNs = processCpuNs(target.pid);
  assert.ok(cpuNs !== undefined && Math.abs(cpuNs - ticksNs(target.pid)) < 5e7);
  await target.end();
  assert.equal(sampleRss(target.pid), undefined);
  assert.equal(processCpuNs(target.pid), undefined);
});
