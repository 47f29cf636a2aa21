import { cpus, loadavg, totalmem } from 'node:os';
import { readProc } from '../system/proc-file.js';
import { type CgroupCpu, readCgroupCpu } from './cgroup.js';

/** The machine, and how much of it was to be had. */
export interface HostState {
  cpuModel: string;
  cpus: number;
  memoryBytes: number;
  /** Mean number of runnable processes over the last 1, 5 and 15 minutes. */
  loadAverage: [number, number, number];
  /** Of all cores' time, what the hypervisor gave to others: since the earlier state, or else since boot. */
  stealPercent: number;
  /** Time that this process' control group was held back by its CPU limit: since the earlier state, or else ever. */
  throttledMs: number;
  /** Cores' worth of time that this process' control group may use; undefined without a limit. */
  limitCores: number | undefined;
  /** Where the counters stood, for the next difference. */
  counters: { stealTicks: number; allTicks: number; throttledNs: number };
}

/** Reads the state of the host; give the state read at the start of a run to learn what happened since. */
export function hostState(since?: HostState): HostState {
  const processors = cpus();
  const cgroup: CgroupCpu | undefined = readCgroupCpu('self');
  const counters = { ...readTicks(), throttledNs: cgroup?.throttledNs ?? 0 };
  const before = since?.counters ?? { stealTicks: 0, allTicks: 0, throttledNs: 0 };
  const allTicks = counters.allTicks - before.allTicks;
  const [one = 0, five = 0, fifteen = 0] = loadavg();
  return {
    cpuModel: processors[0]?.model ?? 'unknown',
    cpus: processors.length,
    memoryBytes: totalmem(),
    loadAverage: [one, five, fifteen],
    stealPercent: allTicks > 0 ? (100 * (counters.stealTicks - before.stealTicks)) / allTicks : 0,
    throttledMs: (counters.throttledNs - before.throttledNs) / 1e6,
    limitCores: cgroup?.limitCores,
    counters,
  };
}

/** First line of /proc/stat: user nice system idle iowait irq softirq steal (guest time is counted in user): proc_stat(5). */
function readTicks(): { stealTicks: number; allTicks: number } {
  const line = (readProc('/proc/stat') ?? '').split('\n')[0] ?? '';
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  return { stealTicks: ticks[7] ?? 0, allTicks: ticks.reduce((sum, value) => sum + value, 0) };
}
