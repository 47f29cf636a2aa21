import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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

/** Pids of the processes noted in `directory` that still run. */
export function leftOverProcesses(directory: string): number[] {
  let noted: string[];
  try {
    noted = readdirSync(folderIn(directory));
  } catch {
    return [];
  }
  return noted
    .filter((pid) => startTimeOf(Number(pid)) === readFileSync(join(folderIn(directory), pid), 'utf8'))
    .map(Number);
}

const folderIn = (directory: string): string => join(directory, 'started');

/** When a process started (field 22 of proc_pid_stat(5)): pids are given again, this is not. Undefined when it has ended. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : rest[18];
  } catch {
    return undefined;
  }
}
