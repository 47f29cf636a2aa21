import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runningProcesses } from '#src/strategies/fan-out/started-processes.js';

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`no worker outlives a main process that is ended by ${signal}`, async (context) => {
    const directory = await mkdtemp(join(tmpdir(), 'ipcbench-test-'));
    const main = fork(fileURLToPath(new URL('./main-process.js', import.meta.url)));
    context.after(async () => {
      main.kill('SIGKILL');
      await rm(directory, { recursive: true });
    });
    main.send(directory);
    const [pids] = (await once(main, 'message')) as [number[]];
    assert.equal(pids.length, 2);
    assert.deepEqual(runningProcesses(directory).sort(), pids.sort());
    const gone = once(main, 'exit');
    main.kill(signal);
    await gone;
    const deadlineMs = performance.now() + 30_000;
    while (runningProcesses(directory).length > 0 && performance.now() < deadlineMs) await sleep(10);
    assert.deepEqual(runningProcesses(directory), []);
  });
}
