import type { ProcessSnapshot } from './process-sampler.js';
import type { ThreadTimes } from './thread-table.js';

/** Whether each thread may run on a core of its own, or one lock lets only one of them compute at a time. */
export type Runtime = 'threads' | 'interpreter-lock';

/** What a process used in a stretch of time, in percent of one core. */
export interface UsageWindow {
  fromNs: number;
  toNs: number;
  cpuPercent: number;
  userPercent: number;
  systemPercent: number;
  /** The thread that computed most in this window. */
  busiestThread: number;
  busiestThreadPercent: number;
  /** Of that thread; of all threads together, at most 100, where an interpreter lock ties them. */
  runQueueWaitPercent: number;
  /** The highest seen in the window. */
  rssBytes: number;
}

/**
 * Gathers snapshots of one process into one window. A thread that ends within it keeps what it was last seen to have used; a thread
 * that is born within it counts from nothing.
 */
export class WindowBuilder {
  #first: ProcessSnapshot;
  #last: ProcessSnapshot;
  #latest: Map<number, ThreadTimes>;
  #rssBytes: number;

  constructor(first: ProcessSnapshot) {
    this.#first = first;
    this.#last = first;
    this.#latest = new Map(first.threads);
    this.#rssBytes = first.rssBytes;
  }

  add(snapshot: ProcessSnapshot): void {
    this.#last = snapshot;
    this.#rssBytes = Math.max(this.#rssBytes, snapshot.rssBytes);
    for (const [tid, times] of snapshot.threads) this.#latest.set(tid, times);
  }

  get fromNs(): number {
    return this.#first.atNs;
  }

  get elapsedNs(): number {
    return this.#last.atNs - this.#first.atNs;
  }

  get last(): ProcessSnapshot {
    return this.#last;
  }

  /** Undefined while no time has passed. */
  build(runtime: Runtime): UsageWindow | undefined {
    if (this.elapsedNs <= 0) return undefined;
    const percent = (ns: number): number => (100 * ns) / this.elapsedNs;
    const threads = this.#threadSums();
    const userNs = this.#last.userNs - this.#first.userNs;
    const systemNs = this.#last.systemNs - this.#first.systemNs;
    const tickNs = userNs + systemNs;
    const cpuPercent = percent(
      this.#lostThreads() || tickNs > threads.cpuNs + 2e7 ? Math.max(tickNs, threads.cpuNs) : threads.cpuNs,
    );
    const userShare = tickNs === 0 ? 0 : userNs / tickNs;
    const waitNs = runtime === 'interpreter-lock' ? threads.runQueueWaitNs : threads.busiestWaitNs;
    return {
      fromNs: this.#first.atNs,
      toNs: this.#last.atNs,
      cpuPercent,
      userPercent: cpuPercent * userShare,
      systemPercent: cpuPercent * (1 - userShare),
      busiestThread: threads.busiest,
      busiestThreadPercent: percent(threads.busiestCpuNs),
      runQueueWaitPercent: Math.min(100, percent(waitNs)),
      rssBytes: this.#rssBytes,
    };
  }

  #lostThreads(): boolean {
    return this.#latest.size > this.#last.threads.size;
  }

  #threadSums() {
    const sums = { cpuNs: 0, runQueueWaitNs: 0, busiest: 0, busiestCpuNs: -1, busiestWaitNs: 0 };
    for (const [tid, now] of this.#latest) {
      const before = this.#first.threads.get(tid) ?? { cpuNs: 0, runQueueWaitNs: 0 };
      const cpuNs = now.cpuNs - before.cpuNs;
      const waitNs = now.runQueueWaitNs - before.runQueueWaitNs;
      sums.cpuNs += cpuNs;
      sums.runQueueWaitNs += waitNs;
      if (cpuNs > sums.busiestCpuNs || (cpuNs === sums.busiestCpuNs && waitNs > sums.busiestWaitNs))
        Object.assign(sums, { busiest: tid, busiestCpuNs: cpuNs, busiestWaitNs: waitNs });
    }
    return sums;
  }
}
