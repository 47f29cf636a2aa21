/**
 * What a replay measured on one strategy: the `results[]` of the report contract (`ipcbench.report/1`), made by the replay and
 * told by the report. Durations are milliseconds, CPU is percent of one core.
 */
import type { Claims } from './claims.js';
import type { CoordinatorProfile } from './coordinator-profile.js';
import type { AnswerCounts, SafetyResult } from './safety-result.js';
import type { CoordinatorVerdict, PercentSummary } from './usage.js';

export type { AnswerCounts, CycleDifference, SafetyExample, SafetyResult } from './safety-result.js';
export type { CoordinatorVerdict, PercentSummary } from './usage.js';

/** A latency distribution in milliseconds. */
export interface LatencySummary {
  count: number;
  mean: number;
  p50: number;
  p90: number;
  p95: number;
  p99: number;
  p999: number;
  max: number;
  /** Percentiles that reach into unfinished operations: the true value is at least the one printed ("≥"). */
  atLeast?: Percentile[];
  /** Percentiles with fewer than 10 samples beyond them. */
  thin?: Percentile[];
}

export type Percentile = 'p50' | 'p90' | 'p95' | 'p99' | 'p999' | 'max';

/** The short form, for phases. */
export interface PhaseSummary {
  mean: number;
  p50: number;
  p95: number;
  p99: number;
}

/** Where an operation's service time goes; at each instant an operation is in exactly one of them. */
export const phases = [
  'wait',
  'cpu',
  'connect',
  'lookup',
  'create',
  'acquire',
  'read',
  'write',
  'queue',
  'disk',
  'release',
  'other',
] as const;
export type Phase = (typeof phases)[number];

/** One kind of operation on one strategy. */
export interface OperationResult {
  count: number;
  errors: number;
  timeouts: number;
  unfinished: number;
  /** Response time (end − due), failed, timed-out and unfinished operations included. */
  responseMs: LatencySummary;
  /** The same without the failed and timed-out ones; present when they differ. */
  responseSucceededMs?: LatencySummary;
  /** Service time (end − start). */
  serviceMs: LatencySummary;
  /** Dispatch lag (start − due). */
  dispatchLagMs: LatencySummary;
  /** How long the trace says these operations took when they were recorded. */
  recordedMs?: LatencySummary;
  /** Mean over all operations of this kind of the time spent in each phase; the means add up to `serviceMs.mean`. */
  phasesMs: Record<Phase, PhaseSummary>;
  /** Acquire to release as seen by the holder; overlaps the phases inside it. */
  holdMs: LatencySummary;
  /** From asking for a lock to having it. */
  lockWaitMs: LatencySummary;
  /** What one operation of this kind sends and receives. */
  calls: CallCounts;
  /** Compressed V2-encoded HDR histograms of nanoseconds, base64. What is not there cannot be merged exactly. */
  histograms: {
    response: string;
    service: string;
    responseSucceeded?: string;
    dispatchLag?: string;
    hold?: string;
    lockWait?: string;
    /** Of a shard: what the trace says of its operations. */
    recorded?: string;
  };
  /** The first few distinct error messages, with how often each occurred. */
  errorExamples?: { message: string; count: number }[];
}

export interface CallCounts {
  /** Requests with their replies, as issued by the strategy's clients. */
  perOperation: number;
  /** Frames in either direction, authentication included. */
  messagesPerOperation: number;
  connectionsPerOperation: number;
  bytesSentPerOperation: number;
  bytesReceivedPerOperation: number;
}

export interface LongHeldLock {
  key: string;
  /** Name of the process that held it. */
  holder: string;
  operation: string;
  heldMs: number;
  /** When it was taken, since the start of the measured part. */
  atMs: number;
}

export interface BlameRow {
  /** Kind of operation that waited. */
  waiter: string;
  /** Kind of operation that held the lock meanwhile; `(nobody)` for waiting while the lock was free: coordinator and protocol. */
  holder: string;
  /** The most waited-for key of this pair. */
  key: string;
  /** Total time waited. */
  waitMs: number;
  /** Of that, time waited for a holder of another key that shares the same lock. */
  falseSharingMs: number;
  /** Whether most of the wait was for another key. */
  falseSharing: boolean;
}

export interface LockResult {
  created: number;
  /** Sections entered. */
  acquisitions: number;
  /** Acquisitions that found the lock held by another. */
  collisions: number;
  timeouts: number;
  longHeld: LongHeldLock[];
  /** How many sections the least and the most served worker entered, among those that asked for any. */
  sectionsPerWorker: { min: number; max: number };
  blame: BlameRow[];
}

export interface CoordinatorUsage {
  name: string;
  pid: number;
  cpuPercent: PercentSummary;
  busiestThreadPercent: PercentSummary;
  runQueueWaitPercent: PercentSummary;
  rssBytes: { max: number };
  verdict: CoordinatorVerdict;
  /** CPU plus run-queue wait of the busiest thread over 80 % of a core. */
  saturated: boolean;
}

export interface GeneratorResult {
  saturated: boolean;
  reasons: string[];
  /** Operations sent ÷ operations due. */
  sendRatio: number;
  /** CPU of the busiest worker, percent of one core. */
  busiestWorkerPercent: number;
}

export interface SeriesPoint {
  /** Second since the start of the measured part. */
  second: number;
  operations: Record<string, { count: number; p50Ms: number; p99Ms: number; maxMs: number }>;
  coordinators: Record<
    string,
    { cpuPercent: number; busiestThreadPercent: number; runQueueWaitPercent: number; rssBytes: number }
  >;
}

/** A fault that was injected on purpose, and how it went on. */
export interface FaultResult {
  kind: string;
  /** As the user asked for it. */
  requested: string;
  /** When it happened, since the start of the measured part. */
  atMs: number;
  target: string;
  /** The lock that a killed holder took with it. */
  key?: string;
  /** Until the next one got in; null when nobody did before the end. */
  recoveryMs: number | null;
  /** Where the trace takes no locks: then nobody could get in, and `recoveryMs` is null. */
  withoutLocks?: true;
  /** Operations of the round that were due and did not succeed. */
  operationsLost: number;
  text: string;
}

export interface MeasuredPart {
  operations: Record<string, OperationResult>;
  throughput: { operationsPerSecond: number };
  /** Those of the trace's main operation. */
  calls: CallCounts;
  locks: LockResult;
  coordinators: CoordinatorUsage[];
  memory: { workersRssBytes: number; coordinatorsRssBytes: number };
  safety: SafetyResult;
  generator: GeneratorResult;
  /** By workload (`submit`, `forward`): what it has beside the latencies of its operations. */
  workload?: Workloads;
}

export type Workloads = Record<string, WorkloadResult>;

/** Names carry their unit: `gateWaitMs`, `mapBytes`; one without is a plain number. */
export interface WorkloadResult {
  figures: Record<string, LatencySummary>;
  counts: Record<string, number>;
  /** What the servers held when the measured part ended; the largest of several rounds. Processes left over add up. */
  gauges: Record<string, number>;
  /** Its answers that were held against the trace. Reports from before this was told apart have those of all workloads under `safety`. */
  answers?: AnswerCounts;
  /** What a reader should know, in words. */
  notes: string[];
  /** As those of operations; values are millionths, as if they were milliseconds. */
  histograms: Record<string, string>;
}

export interface RoundResult extends MeasuredPart {
  round: number;
  /** Worker or coordinator deaths and other events of this round, told in words. */
  incidents: string[];
}

interface ResultIdentity {
  /** Name of the strategy. */
  strategy: string;
  /** As the user wrote it, options included; unique within a report. */
  label: string;
  options: Record<string, string | number | boolean>;
  claims: Claims;
}

export interface MeasuredResult extends ResultIdentity, MeasuredPart {
  state: 'complete' | 'partial';
  /** Why it is partial. */
  reason?: string;
  /** What ran inside its coordinators and slowed them (`clinic flame`): its figures pass no gate and stand for nothing else. */
  slowedBy?: string;
  faults: FaultResult[];
  workload: Workloads;
  rounds: RoundResult[];
  series: SeriesPoint[];
  /** What each coordinator did in each round, where that was asked for. */
  profiles?: CoordinatorProfile[];
}

export interface UnmeasuredResult extends ResultIdentity {
  state: 'failed' | 'unavailable';
  reason: string;
}

/** A result is a union on its state: nobody can read the figures of something that failed. */
export type StrategyResult = MeasuredResult | UnmeasuredResult;

/** Something that a reader of the figures should know. */
export interface RunWarning {
  code: string;
  text: string;
  advice: string;
}

/** Whether a result has figures. */
export function isMeasured(result: StrategyResult): result is MeasuredResult {
  return result.state === 'complete' || result.state === 'partial';
}
