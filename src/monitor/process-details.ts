import { readdirSync } from 'node:fs';
import { readProc } from '../system/proc-file.js';
import { type CgroupCpu, readCgroupCpu } from './cgroup.js';
import type { Switches } from './switch-count.js';

/** What is read of a process about once a second, since it costs more than its times. */
export interface ProcessDetails {
  descriptors: number | undefined;
  /** By thread id, of its live threads. */
  switches: ReadonlyMap<number, Switches>;
  cgroup: CgroupCpu | undefined;
}

export function readDetails(pid: number, tids: Iterable<number>): ProcessDetails {
  return { descriptors: countDescriptors(pid), switches: readSwitches(pid, tids), cgroup: readCgroupCpu(pid) };
}

function countDescriptors(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return undefined;
  }
}

/** `/proc/<pid>/status` has the main thread's alone, so those of all threads are read. */
function readSwitches(pid: number, tids: Iterable<number>): Map<number, Switches> {
  const switches = new Map<number, Switches>();
  for (const tid of tids) {
    const status = readProc(`/proc/${pid}/task/${tid}/status`) ?? '';
    const voluntary = /^voluntary_ctxt_switches:\s*(\d+)$/m.exec(status)?.[1];
    const involuntary = /^nonvoluntary_ctxt_switches:\s*(\d+)$/m.exec(status)?.[1];
    if (voluntary !== undefined && involuntary !== undefined)
      switches.set(tid, { voluntary: Number(voluntary), involuntary: Number(involuntary) });
  }
  return switches;
}
