import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import type { Profile } from '#src/measure/profile.js';
import { profileProcess } from '#src/monitor/profile.js';
import { defaultThresholds } from '#src/monitor/verdict.js';
import { parseProcessStat } from '#src/system/process-stat.js';
import { busyNode, idleNode, startNode, startPython } from './target.js';

const never = new AbortController().signal;

function profileFor(pid: number, durationMs: number, children = false): Promise<Profile> {
  return profileProcess(pid, { durationMs, intervalMs: 100, children, thresholds: defaultThresholds, signal: never });
}

function mainOf(profile: Profile) {
  const [main] = profile.processes;
  assert.ok(main);
  return main;
}

/** CPU time that the kernel charges to a process, in ms. */
function cpuMs(pid: number): number {
  const stat = parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  return (stat.userTicks + stat.systemTicks) * 10;
}

describe('watching a live process', { concurrency: 2 }, () => {
  test('a busy Node process is judged busy, with the figures of the kernel, and the reasons in words', async (t: TestContext) => {
    const target = await startNode(t, busyNode);
    const before = { cpuMs: cpuMs(target.pid), atMs: performance.now() };
    const main = mainOf(await profileFor(target.pid, 2200));
    const truthMs = cpuMs(target.pid) - before.cpuMs;
    const unwatchedMs = performance.now() - before.atMs - main.measuredMs;
    const measuredMs = (main.cpuPercent.mean * main.measuredMs) / 100;
    assert.ok(
      measuredMs < truthMs + 30 && measuredMs > truthMs - 30 - 2 * unwatchedMs,
      `${measuredMs} against ${truthMs}`,
    );
    assert.equal(main.kind.name, 'node');
    assert.equal(main.busiestThread.id, target.pid);
    assert.ok(main.saturated && main.verdict !== 'healthy' && main.verdict !== 'unknown');
    assert.match(
      main.reasons.join('; '),
      /one thread \(\w+, \d+\) used [\d.]+ % of a core; over \d+ % in \d of \d s; run-queue wait/,
    );
    assert.ok((main.descriptors?.last ?? 0) > 3);
    assert.ok(main.userPercent > main.systemPercent);
    assert.deepEqual(main.unreadable, []);
  });

  test('an idle process is healthy', async (t: TestContext) => {
    const target = await startNode(t, idleNode);
    const profile = await profileFor(target.pid, 1200);
    assert.equal(mainOf(profile).verdict, 'healthy');
    assert.deepEqual(mainOf(profile).advice, []);
    assert.equal(profile.state, 'complete');
  });

  const manager = (method: string): string => `
import multiprocessing
def client(shared):
    try:
        while True: shared['key'] = shared.get('key', 0)
    except (EOFError, OSError): pass
if __name__ == '__main__':
    context = multiprocessing.get_context('${method}')
    manager = context.Manager()
    shared = manager.dict()
    fork = multiprocessing.get_context('fork')
    clients = [fork.Process(target=client, args=(shared,), daemon=True) for _ in range(2)]
    for each in clients: each.start()
    print(manager._process.pid, flush=True)
    clients[0].join()
`;

  for (const [method, certainty] of [
    ['fork', 'likely'],
    ['spawn', 'certain'],
  ] as const) {
    test(`a multiprocessing manager started by ${method} is recognised under load, and judged by its process total`, async (t: TestContext) => {
      const target = await startPython(t, manager(method));
      const managerPid = Number(target.greeting);
      t.after(() => endQuietly(managerPid));
      const main = mainOf(await profileFor(managerPid, 1500));
      assert.equal(main.kind.name, 'python');
      assert.equal(main.kind.runtime, 'interpreter-lock');
      assert.equal(main.kind.manager?.certainty, certainty);
      assert.match(main.kind.manager?.because ?? '', /listener-/);
      assert.notEqual(main.verdict, 'healthy');
      assert.match(main.reasons[0] ?? '', /interpreter lock/);
      assert.ok(main.listeners?.some((listener) => listener.connections >= 2));
    });
  }

  function endQuietly(pid: number): void {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended with its parent.
    }
  }

  test('a process that ends while it is watched leaves what was seen', async (t: TestContext) => {
    const target = await startNode(t, busyNode);
    let seconds = 0;
    const profile = await profileProcess(target.pid, {
      intervalMs: 50,
      children: false,
      thresholds: defaultThresholds,
      signal: never,
      onSecond: () => {
        seconds += 1;
        if (seconds === 3) void target.end();
      },
    });
    assert.equal(profile.state, 'ended');
    assert.equal(mainOf(profile).state, 'ended');
    assert.ok(mainOf(profile).measuredMs > 1000);
    assert.notEqual(mainOf(profile).verdict, 'unknown');
  });

  test('the signal ends a watch that has no duration', async (t: TestContext) => {
    const target = await startNode(t, idleNode);
    const controller = new AbortController();
    const profile = await profileProcess(target.pid, {
      intervalMs: 50,
      children: false,
      thresholds: defaultThresholds,
      signal: controller.signal,
      onSecond: () => controller.abort(),
    });
    assert.equal(profile.state, 'complete');
    assert.equal(mainOf(profile).verdict, 'unknown');
    assert.match(mainOf(profile).reasons.join(), /under a second/);
  });

  test('children that a process forks while it is watched are watched too', async (t: TestContext) => {
    const target = await startPython(
      t,
      `
import os, time
print('ready', flush=True)
time.sleep(0.3)
child = os.fork()
if child == 0:
    while os.getppid() != 1: sum(range(10000))
    os._exit(0)
time.sleep(600)
`,
    );
    const profile = await profileFor(target.pid, 3500, true);
    const child = profile.processes.find((process) => process.parentPid === target.pid);
    assert.equal(profile.processes.length, 2);
    assert.ok(child && child.cpuPercent.mean > mainOf(profile).cpuPercent.mean);
    assert.equal(mainOf(profile).verdict, 'healthy');
  });

  test('a process with 2,000 threads is watched, and its one busy thread found and named', async (t: TestContext) => {
    const target = await startPython(
      t,
      `
import threading, ctypes
threading.stack_size(65536)
stop = threading.Event()
def busy():
    ctypes.CDLL(None).prctl(15, b'hot', 0, 0, 0)
    while True: sum(range(1000))
for _ in range(1999): threading.Thread(target=stop.wait, daemon=True).start()
threading.Thread(target=busy, daemon=True).start()
print('ready', flush=True)
stop.wait()
`,
    );
    const main = mainOf(await profileFor(target.pid, 2500));
    assert.equal(main.threads.max, 2001);
    assert.equal(main.busiestThread.name, 'hot');
    // However little the process is given of a busy machine: nearly all of it goes to this thread.
    const { busiestThreadPercent: thread, cpuPercent: whole } = main;
    assert.ok(thread.mean > whole.mean / 2, `${thread.mean} % of ${whole.mean} %`);
    assert.ok((main.switchesPerSecond?.voluntary ?? -1) >= 0);
  });
});
