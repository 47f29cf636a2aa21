import { readdirSync } from 'node:fs';
import { isUnreadable, KeptFile, readProc } from '../system/proc-file.js';
import { parseProcessStat } from '../system/process-stat.js';

/** What one thread has used since it began, in nanoseconds. */
export interface ThreadTimes {
  cpuNs: number;
  /** Time spent ready to run, waiting for a core: scheduler statistics, Documentation/scheduler/sched-stats.rst. */
  runQueueWaitNs: number;
}

/** Descriptors kept at most for one process; the threads beyond them are opened anew at each pass. */
const keptDescriptorsAtMost = 512;

/**
 * The threads of a process. `/proc/<pid>/schedstat` is the main thread's alone, so each `task/<tid>/schedstat` is read; where the
 * kernel has none, the ticks of `task/<tid>/stat`, and then nothing is known about waiting.
 */
export class ThreadTable {
  #directory: string;
  #tickNs: number;
  #kept = new Map<number, KeptFile>();
  /** Whether run-queue waits can be told. */
  readonly hasWaits: boolean;

  constructor(pid: number, tickNs: number) {
    this.#directory = `/proc/${pid}/task`;
    this.#tickNs = tickNs;
    this.hasWaits = readProc(`${this.#directory}/${pid}/schedstat`) !== undefined;
  }

  /** One pass over all threads; undefined when the process has gone. */
  read(): Map<number, ThreadTimes> | undefined {
    const threads = new Map<number, ThreadTimes>();
    for (const tid of this.#list()) {
      const text = this.#readThread(tid);
      if (text !== undefined) threads.set(tid, this.hasWaits ? parseSchedstat(text) : this.#parseTicks(text));
    }
    this.#forgetAllBut(threads);
    return threads.size === 0 ? undefined : threads;
  }

  close(): void {
    this.#forgetAllBut(new Map());
  }

  #list(): number[] {
    try {
      return readdirSync(this.#directory).map(Number);
    } catch (error) {
      if (isUnreadable(error)) return [];
      throw error;
    }
  }

  #readThread(tid: number): string | undefined {
    const path = `${this.#directory}/${tid}/${this.hasWaits ? 'schedstat' : 'stat'}`;
    const kept = this.#kept.get(tid);
    if (kept !== undefined) return kept.read();
    if (this.#kept.size >= keptDescriptorsAtMost) return readProc(path);
    try {
      const file = new KeptFile(path);
      this.#kept.set(tid, file);
      return file.read();
    } catch (error) {
      if (isUnreadable(error)) return undefined;
      throw error;
    }
  }

  #parseTicks(line: string): ThreadTimes {
    const stat = parseProcessStat(line);
    return { cpuNs: (stat.userTicks + stat.systemTicks) * this.#tickNs, runQueueWaitNs: 0 };
  }

  #forgetAllBut(threads: ReadonlyMap<number, ThreadTimes>): void {
    for (const [tid, file] of this.#kept) {
      if (threads.has(tid)) continue;
      file.close();
      this.#kept.delete(tid);
    }
  }
}

function parseSchedstat(text: string): ThreadTimes {
  const [cpu, wait] = text.split(' ');
  return { cpuNs: Number(cpu), runQueueWaitNs: Number(wait) };
}
