import type { CoordinatorUsage } from '../measure/result.js';
import type { Runtime } from './usage-window.js';
import { defaultThresholds, isSaturated, type Thresholds, verdictOf } from './verdict.js';
import { coreUseOf, WatchedProcess } from './watched-process.js';
import { summarise, windowNs } from './window-series.js';

export { processCpuNs, sampleRss } from './process-sampler.js';
export type { Runtime } from './usage-window.js';
export { defaultThresholds, type Thresholds } from './verdict.js';

/** A process to watch. */
export interface MonitorTarget {
  name: string;
  pid: number;
  runtime: Runtime;
}

export interface MonitorOptions {
  /** Default 100. */
  intervalMs?: number;
  /** Default 50 and 80 percent of a core. */
  thresholds?: Thresholds;
  /** Nanoseconds since the run's origin. */
  now(): number;
}

/** One process in one second since the mark; percent of one core. */
export interface MonitorPoint {
  name: string;
  second: number;
  cpuPercent: number;
  busiestThreadPercent: number;
  runQueueWaitPercent: number;
  rssBytes: number;
}

export interface Monitor {
  /** The measured part starts here: what was seen before is forgotten. */
  mark(): void;
  /** Ends watching and tells what was seen since the mark; the same again when called again. */
  stop(): CoordinatorUsage[];
  /** Second by second since the mark. */
  series(): MonitorPoint[];
}

/** Begins to watch `targets`. A process that ends meanwhile, or was never there, keeps what was measured; nothing throws. */
export function startMonitor(targets: readonly MonitorTarget[], options: MonitorOptions): Monitor {
  const watched = targets.map(({ name, pid, runtime }) => ({
    name,
    process: new WatchedProcess(pid, runtime, options.now),
  }));
  const thresholds = options.thresholds ?? defaultThresholds;
  let markNs = options.now();
  let usages: CoordinatorUsage[] | undefined;
  const timer = setInterval(() => {
    for (const { process } of watched) process.sample();
  }, options.intervalMs ?? 100);
  timer.unref();
  return {
    mark() {
      markNs = options.now();
      for (const { process } of watched) process.restart();
    },
    stop() {
      if (usages !== undefined) return usages;
      clearInterval(timer);
      for (const { process } of watched) process.finish();
      usages = watched.map(({ name, process }) => usageOf(name, process, thresholds));
      return usages;
    },
    series: () => watched.flatMap(({ name, process }) => seriesOf(name, process, markNs)),
  };
}

function usageOf(name: string, process: WatchedProcess, thresholds: Thresholds): CoordinatorUsage {
  const windows = process.windows();
  const use = coreUseOf(windows, process.runtime);
  return {
    name,
    pid: process.pid,
    cpuPercent: summarise(windows, 'cpuPercent'),
    busiestThreadPercent: summarise(windows, 'busiestThreadPercent'),
    runQueueWaitPercent: summarise(windows, 'runQueueWaitPercent'),
    rssBytes: { max: Math.max(0, ...windows.map((window) => window.rssBytes)) },
    verdict: verdictOf(use, thresholds),
    saturated: isSaturated(use, thresholds),
  };
}

function seriesOf(name: string, process: WatchedProcess, markNs: number): MonitorPoint[] {
  return process.windows().map((window) => ({
    name,
    second: Math.max(0, Math.round((window.fromNs - markNs) / windowNs)),
    cpuPercent: window.cpuPercent,
    busiestThreadPercent: window.busiestThreadPercent,
    runQueueWaitPercent: window.runQueueWaitPercent,
    rssBytes: window.rssBytes,
  }));
}
