import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasEnded, readProcessStat } from '../../system/process-stat.js';

/** Processes that sessions start on their own account, noted in the round's folder, so that whoever is left over is found. */
export interface StartedProcesses {
  note(pid: number): void;
  forget(pid: number): void;
}

export function startedProcesses(directory: string): StartedProcesses {
  const folder = folderIn(directory);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    note: (pid) => writeFileSync(join(folder, String(pid)), startTimeOf(pid) ?? '', { mode: 0o600 }),
    forget: (pid) => rmSync(join(folder, String(pid)), { force: true }),
  };
}

/** Pids of the processes noted in `directory` that run. */
export function runningProcesses(directory: string): number[] {
  const folder = folderIn(directory);
  return orElse([], () => readdirSync(folder))
    .map(Number)
    .filter((pid) => {
      const startTime = startTimeOf(pid);
      return startTime !== undefined && startTime === orElse('', () => readFileSync(join(folder, String(pid)), 'utf8'));
    });
}

const folderIn = (directory: string): string => join(directory, 'started');

/** When a process started: pids are given again, this is not. Undefined when it has ended. */
function startTimeOf(pid: number): string | undefined {
  const stat = readProcessStat(pid);
  return stat === undefined || hasEnded(stat) ? undefined : String(stat.startTicks);
}

/** What is read here may be gone any moment. */
function orElse<T>(missing: T, read: () => T): T {
  try {
    return read();
  } catch {
    return missing;
  }
}
