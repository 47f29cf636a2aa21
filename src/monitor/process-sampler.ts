import { type KernelConstants, readKernelConstants } from '../system/kernel-constants.js';
import { isUnreadable, KeptFile } from '../system/proc-file.js';
import { hasEnded, type ProcessStat, parseProcessStat } from '../system/process-stat.js';
import { ThreadTable, type ThreadTimes } from './thread-table.js';

/** Everything a process has used up to one moment. */
export interface ProcessSnapshot {
  atNs: number;
  stat: ProcessStat;
  /** User and system time in nanoseconds, threads that have ended included; counted in ticks of 10 ms. */
  userNs: number;
  systemNs: number;
  /** Its live threads by thread id. */
  threads: ReadonlyMap<number, ThreadTimes>;
  rssBytes: number;
}

/** Reads one process again and again, cheaply: its files are opened once. */
export class ProcessSampler {
  readonly pid: number;
  readonly threads: ThreadTable;
  #constants: KernelConstants;
  #stat: KeptFile;
  #statm: KeptFile;
  #startTicks: number;

  private constructor(pid: number, stat: KeptFile, statm: KeptFile, startTicks: number) {
    this.pid = pid;
    this.#constants = readKernelConstants();
    this.threads = new ThreadTable(pid, this.#constants.tickNs);
    this.#stat = stat;
    this.#statm = statm;
    this.#startTicks = startTicks;
  }

  /** Undefined when there is no such process, or its files may not be read. */
  static open(pid: number): ProcessSampler | undefined {
    let stat: KeptFile | undefined;
    try {
      stat = new KeptFile(`/proc/${pid}/stat`);
      const line = stat.read();
      if (line !== undefined)
        return new ProcessSampler(pid, stat, new KeptFile(`/proc/${pid}/statm`), parseProcessStat(line).startTicks);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
    }
    stat?.close();
    return undefined;
  }

  /** Ticks after boot at which the process began. */
  get startTicks(): number {
    return this.#startTicks;
  }

  /** What it has used by now; undefined once it has ended, a zombie included. */
  sample(atNs: number): ProcessSnapshot | undefined {
    const line = this.#stat.read();
    const memory = this.#statm.read();
    if (line === undefined || memory === undefined) return undefined;
    const stat = parseProcessStat(line);
    if (hasEnded(stat)) return undefined;
    const threads = this.threads.read();
    if (threads === undefined) return undefined;
    return {
      atNs,
      stat,
      userNs: stat.userTicks * this.#constants.tickNs,
      systemNs: stat.systemTicks * this.#constants.tickNs,
      threads,
      rssBytes: Number(memory.split(' ')[1]) * this.#constants.pageBytes,
    };
  }

  close(): void {
    this.#stat.close();
    this.#statm.close();
    this.threads.close();
  }
}

/** Resident memory of a process in bytes; undefined when it has ended. */
export function sampleRss(pid: number): number | undefined {
  return sampleOnce(pid)?.rssBytes;
}

/**
 * CPU time in nanoseconds that a process has used so far: the sum over its threads, or its ticks (10 ms) where threads that have
 * ended used more. Undefined when it has ended.
 */
export function processCpuNs(pid: number): number | undefined {
  const snapshot = sampleOnce(pid);
  if (snapshot === undefined) return undefined;
  let threadsNs = 0;
  for (const thread of snapshot.threads.values()) threadsNs += thread.cpuNs;
  return Math.max(threadsNs, snapshot.userNs + snapshot.systemNs);
}

function sampleOnce(pid: number): ProcessSnapshot | undefined {
  const sampler = ProcessSampler.open(pid);
  try {
    return sampler?.sample(0);
  } finally {
    sampler?.close();
  }
}
