import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { clockFrom, monotonicNs } from '#src/measure/clock.js';
import { parseFault } from '#src/replay/fault.js';
import { FaultInjector } from '#src/replay/fault-injector.js';
import type { Fleet } from '#src/replay/fleet.js';
import { startedProcesses } from '#src/strategies/fan-out/started-processes.js';
import { folder } from './bench-trace.js';

const fleet = { workers: [], coordinators: [] } as unknown as Fleet;

/** A process that is noted as one that a session has started. */
async function startNoted(context: TestContext, directory: string): Promise<ChildProcess> {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  context.after(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  startedProcesses(directory).note(child.pid ?? 0);
  return child;
}

test('several faults at the same time strike as many workers of a pool, and none is struck twice', {
  timeout: 30_000,
}, async (context) => {
  const directory = await folder(context);
  const children = [await startNoted(context, directory), await startNoted(context, directory)];
  const gone = children.map((child) => once(child, 'exit'));
  const clock = clockFrom(monotonicNs());
  const injector = new FaultInjector(fleet, clock, directory);
  const faults = [1, 2, 3].map(() => parseFault('kill-pool-worker@0ms'));
  injector.schedule(faults, clock.nowNs());
  await Promise.all(gone);
  const targets = injector.finish().map(({ target }) => target);
  const struck = children.map(({ pid }) => `a pool's worker (pid ${pid})`);
  assert.deepEqual(targets.slice(0, 2).sort(), struck.sort());
  assert.deepEqual(targets.slice(2), targets.length > 2 ? ['no worker of a pool'] : []);
});
