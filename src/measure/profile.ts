import type { CpuProfileSummary } from './cpu-profile.js';
import type { CoordinatorVerdict, PercentSummary } from './usage.js';

/**
 * What was seen of a live process: the contract `ipcbench.profile/1`, made by the monitor and told by the report. CPU is percent of
 * one core. What could not be read is absent and named in `unreadable`, never shown as 0.
 */
export interface Profile {
  schema: 'ipcbench.profile/1';
  /** ISO 8601. */
  startedAt: string;
  durationMs: number;
  intervalMs: number;
  /** `ended`: the process that was asked for ended while it was watched. */
  state: 'complete' | 'ended';
  host: {
    cpuModel: string;
    cpus: number;
    memoryBytes: number;
    loadAverage: [number, number, number];
    stealPercent: number;
  };
  thresholds: { overloadedPercent: number; severePercent: number };
  /** Descendants that were seen and ended within a second: too short to tell anything of. */
  briefChildren: number;
  /** The process that was asked for, then its descendants where they were asked for. */
  processes: ProcessProfile[];
  /** Where the CPU time of the process that was asked for went, where that was asked for. */
  cpuProfile?: CpuProfileSummary;
}

export interface ProcessProfile {
  pid: number;
  parentPid: number;
  name: string;
  /** Its command line, or `[name]` where it has none. */
  command: string;
  user?: string;
  kind: ProcessKind;
  state: 'running' | 'ended';
  measuredMs: number;
  cpuPercent: PercentSummary;
  userPercent: number;
  systemPercent: number;
  /** The thread that computed most. */
  busiestThread: { id: number; name: string };
  /** Second by second of whichever thread was the busiest. */
  busiestThreadPercent: PercentSummary;
  runQueueWaitPercent?: PercentSummary;
  switchesPerSecond?: { voluntary: number; involuntary: number };
  rssBytes: { first: number; last: number; max: number; growthPerMinute: number };
  threads: { last: number; max: number };
  descriptors?: { last: number; max: number };
  /** The sockets on which it listens. */
  listeners?: Listener[];
  /** The limit of its control group on CPU time, where there is one, and what it cost meanwhile. */
  cgroup?: { limitCores?: number; throttledMs: number; throttledPeriods: number };
  redis?: RedisProfile;
  unreadable: { what: string; why: string }[];
  verdict: CoordinatorVerdict;
  saturated: boolean;
  /** The verdict in words. */
  reasons: string[];
  /** What to try next. */
  advice: string[];
  series: ProfilePoint[];
}

export interface ProcessKind {
  name: 'node' | 'python' | 'redis-server' | 'kernel' | 'other';
  /** Whether one lock ties its threads together, so that the sum over them is what counts. */
  runtime: 'threads' | 'interpreter-lock';
  /** How it was told. */
  because: string;
  /** Whether this is the server process of Python's `multiprocessing` manager, how sure that is, and why. */
  manager?: { certainty: 'certain' | 'likely'; because: string };
}

export interface Listener {
  transport: 'tcp' | 'unix';
  /** `127.0.0.1:80`, `[::1]:80`, `/path`, or `@name` of an abstract one. */
  address: string;
  /** Established connections that came in through it. */
  connections: number;
  /** Connections that wait to be accepted: at the end, and the most seen. */
  queued: { last: number; max: number };
}

/** One second of one process. */
export interface ProfilePoint {
  second: number;
  cpuPercent: number;
  busiestThreadPercent: number;
  runQueueWaitPercent: number;
  rssBytes: number;
}

/** What a Redis server says of itself: INFO and SLOWLOG, which change nothing. */
export interface RedisProfile {
  address: string;
  version: string;
  /** Commands a second while it was watched. */
  commandsPerSecond: number;
  connectedClients: number;
  blockedClients: number;
  usedMemoryBytes: number;
  /** The commands that took most of its time meanwhile. */
  commands: { name: string; calls: number; totalMs: number; meanUs: number }[];
  /** Entries of the slow log that are younger than the watch. */
  slow: { command: string; ms: number }[];
}
