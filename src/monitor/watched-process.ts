import { readProc } from '../system/proc-file.js';
import { ProcessSampler, type ProcessSnapshot } from './process-sampler.js';
import type { Runtime, UsageWindow } from './usage-window.js';
import type { CoreUse } from './verdict.js';
import { durationNsOf, meanOf, WindowSeries, windowNs } from './window-series.js';

/** A pass over a process with thousands of threads takes milliseconds; it rests this many times as long before the next. */
const restPerPass = 50;

/** One process under watch. One that ends, or was never there, keeps what was measured; nothing throws. */
export class WatchedProcess {
  readonly pid: number;
  readonly runtime: Runtime;
  readonly #now: () => number;
  readonly #windows: WindowSeries;
  /** Whether the kernel tells how long its threads wait for a core. */
  readonly hasWaits: boolean;
  #sampler: ProcessSampler | undefined;
  #ended = false;
  #last: ProcessSnapshot | undefined;
  #notBeforeNs = Number.NEGATIVE_INFINITY;

  /** `now` counts nanoseconds. */
  constructor(pid: number, runtime: Runtime, now: () => number) {
    this.pid = pid;
    this.runtime = runtime;
    this.#now = now;
    this.#windows = new WindowSeries(runtime);
    this.#sampler = ProcessSampler.open(pid);
    this.hasWaits = this.#sampler?.threads.hasWaits ?? true;
    this.#ended = this.#sampler === undefined;
    this.#takeSnapshot();
  }

  /** Whether it was gone when it was last looked at. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Undefined when it was never there. */
  get last(): ProcessSnapshot | undefined {
    return this.#last;
  }

  /** Takes a snapshot, unless the last one was so dear that it has to rest. */
  sample(): void {
    if (this.#now() >= this.#notBeforeNs) this.#takeSnapshot();
  }

  /** Forgets what was seen; counts from now. */
  restart(): void {
    this.#takeSnapshot();
    this.#windows.restart();
  }

  /** Takes the last snapshot and lets go of the process. */
  finish(): void {
    this.#takeSnapshot();
    this.#close();
  }

  windows(): UsageWindow[] {
    return this.#windows.windows();
  }

  /** A thread's name as its program set it; undefined once the process has ended. */
  threadName(tid: number): string | undefined {
    return this.#ended ? undefined : readProc(`/proc/${this.pid}/task/${tid}/comm`)?.trimEnd();
  }

  #takeSnapshot(): void {
    if (this.#sampler === undefined) return;
    const startedNs = this.#now();
    const snapshot = this.#sampler.sample(startedNs);
    if (snapshot === undefined) {
      this.#ended = true;
      this.#close();
      return;
    }
    this.#last = snapshot;
    this.#windows.add(snapshot);
    const endedNs = this.#now();
    this.#notBeforeNs = endedNs + restPerPass * (endedNs - startedNs);
  }

  #close(): void {
    this.#sampler?.close();
    this.#sampler = undefined;
  }
}

/** What a verdict rests on; undefined below a second of watching, which is too little to judge. */
export function coreUseOf(windows: readonly UsageWindow[], runtime: Runtime): CoreUse | undefined {
  if (durationNsOf(windows) < windowNs) return undefined;
  return {
    cpuPercent: meanOf(windows, runtime === 'interpreter-lock' ? 'cpuPercent' : 'busiestThreadPercent'),
    runQueueWaitPercent: meanOf(windows, 'runQueueWaitPercent'),
  };
}
