import { startedProcesses } from '#src/strategies/fan-out/started-processes.js';
import { WorkerPool } from '#src/strategies/fan-out/worker-pool.js';

/** A main process with a pool at work, for tests that end it: says its workers' pids once they are gathering. */

process.once('message', async (directory: string) => {
  const pool = new WorkerPool({ processes: 2, importMs: 0, moduleGraph: '', started: startedProcesses(directory) });
  const quick = { timeoutMs: 1, seed: 1, miners: [], rows: 'arrays', result: 'tuple' } as const;
  const { signal } = new AbortController();
  await Promise.all([0, 1].map((first) => pool.gather({ ...quick, first }, signal)));
  const miners = [{ delayMs: 600_000, rows: 1, floats: 1, fails: false }];
  for (const first of [0, 1]) pool.gather({ ...quick, timeoutMs: 600_000, first, miners }, signal).catch(() => {});
  process.send?.(pool.pids);
});
