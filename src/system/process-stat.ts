import { readProc } from './proc-file.js';

/** What `/proc/<pid>/stat` tells: proc_pid_stat(5). Times are clock ticks. */
export interface ProcessStat {
  pid: number;
  /** The name as the kernel keeps it: 15 bytes at most, and it may hold blanks and brackets. */
  name: string;
  /** `R` running, `S` sleeping, `D` in uninterruptible sleep, `Z` zombie, `X` dead, `T` stopped, … */
  state: string;
  parentPid: number;
  userTicks: number;
  systemTicks: number;
  threads: number;
  /** Ticks after boot at which it began: with the pid, it names a process for good. */
  startTicks: number;
}

/** Parses a line of `stat`. The name may itself hold `) R 1`, so the fields are counted from the last bracket. */
export function parseProcessStat(line: string): ProcessStat {
  const open = line.indexOf('(');
  const close = line.lastIndexOf(')');
  const fields = line.slice(close + 2).split(' ');
  // Field 3 of the manual page is fields[0] here.
  const field = (number: number): number => Number(fields[number - 3] ?? Number.NaN);
  return {
    pid: Number(line.slice(0, open)),
    name: line.slice(open + 1, close),
    state: fields[0] ?? '?',
    parentPid: field(4),
    userTicks: field(14),
    systemTicks: field(15),
    threads: field(20),
    startTicks: field(22),
  };
}

/** Of one process; undefined when there is none of that number (any more). */
export function readProcessStat(pid: number): ProcessStat | undefined {
  const line = readProc(`/proc/${pid}/stat`);
  return line === undefined ? undefined : parseProcessStat(line);
}

/** Whether a state is that of a process that has ended, though its parent hasn't asked about it yet. */
export function hasEnded(stat: ProcessStat): boolean {
  return stat.state === 'Z' || stat.state === 'X' || stat.state === 'x';
}
