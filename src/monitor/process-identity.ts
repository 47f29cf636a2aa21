import { readFileSync, statSync } from 'node:fs';
import { IpcbenchError, systemCodeOf } from '../errors.js';
import { readProc } from '../system/proc-file.js';
import { hasEnded, type ProcessStat, readProcessStat } from '../system/process-stat.js';

/** Who a process is. */
export interface ProcessIdentity {
  pid: number;
  stat: ProcessStat;
  /** Its arguments; empty for a kernel thread. */
  args: string[];
  /** Name of its owner, or the number where it has none. */
  user: string;
}

/**
 * Finds the process to watch.
 * @throws IpcbenchError `USAGE` for what can't be a target, `NO_PROCESS` when there is none, it has ended, or it is hidden
 */
export function identify(pid: number): ProcessIdentity {
  if (!Number.isSafeInteger(pid) || pid <= 0)
    throw new IpcbenchError('USAGE', `${pid} is not a process id; give a whole number above 0`);
  if (pid === process.pid)
    throw new IpcbenchError('USAGE', `process ${pid} is this profiler itself; give the id of another process`);
  const stat = readProcessStat(pid);
  if (stat === undefined) throw new IpcbenchError('NO_PROCESS', whyMissing(pid));
  refuseThread(pid);
  if (hasEnded(stat))
    throw new IpcbenchError(
      'NO_PROCESS',
      `process ${pid} (${stat.name}) has ended and is a zombie: its parent ${stat.parentPid} has yet to ask for its exit code; look there`,
    );
  return { pid, stat, args: argumentsOf(pid), user: ownerOf(pid) };
}

/** Its arguments; empty where it has none or they may not be read. */
export function argumentsOf(pid: number): string[] {
  const text = readProc(`/proc/${pid}/cmdline`) ?? '';
  return Buffer.from(text, 'latin1')
    .toString('utf8')
    .replace(/\0+$/, '')
    .split('\0')
    .filter((word, index) => index > 0 || word !== '');
}

/** A folder that can't be seen may still be there: hidepid of proc(5) hides it, and only a signal tells. */
function whyMissing(pid: number): string {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (systemCodeOf(error) === 'ESRCH') return `there is no process ${pid}; look for it with pgrep or ps`;
  }
  return `process ${pid} is there, but /proc hides it from this user (mounted with hidepid); run as its owner or as root`;
}

/** /proc/<tid> answers for threads too, though it lists none. */
function refuseThread(pid: number): void {
  const group = /^Tgid:\s*(\d+)$/m.exec(readProc(`/proc/${pid}/status`) ?? '')?.[1];
  if (group !== undefined && Number(group) !== pid)
    throw new IpcbenchError(
      'USAGE',
      `${pid} is a thread of process ${group}; give ${group}, its busiest thread is shown`,
    );
}

function ownerOf(pid: number): string {
  let uid: number;
  try {
    uid = statSync(`/proc/${pid}`).uid;
  } catch {
    return 'unknown';
  }
  try {
    const entry = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((line) => line.split(':')[2] === String(uid));
    return entry?.split(':')[0] ?? String(uid);
  } catch {
    return String(uid);
  }
}
