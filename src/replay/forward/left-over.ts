import { setTimeout as sleep } from 'node:timers/promises';
import { runningProcesses } from '../../strategies/fan-out/started-processes.js';

/** How long processes that a session started may take to notice that it is over. */
const graceMs = 2_000;
const lookEveryMs = 50;

/**
 * Waits for the processes that sessions started in a round to end, and ends those that don't.
 * @param directory the round's folder
 * @returns how many were left over
 */
export async function endLeftOvers(directory: string): Promise<number> {
  const deadlineMs = performance.now() + graceMs;
  while (runningProcesses(directory).length > 0 && performance.now() < deadlineMs) await sleep(lookEveryMs);
  const left = runningProcesses(directory);
  for (const pid of left) end(pid);
  return left.length;
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself just now.
  }
}
