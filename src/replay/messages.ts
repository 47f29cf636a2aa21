import type { StrategyReference } from '../strategies/index.js';
import type { CoordinatorPlan, ListenAddress, StructureDeclaration } from '../strategies/strategy.js';
import type { TraceHeader } from '../trace/operation.js';
import type { KindOutcome } from './recorder.js';
import type { WorkloadOutcome } from './workload-tally.js';

/** What the controller and its child processes say to each other. Everything is plain data; `bigint`s cross as text. */

export interface CoordinatorStart {
  kind: 'start';
  plan: CoordinatorPlan;
  directory: string;
  secret: string;
  realm?: string;
  listen?: ListenAddress;
}

export type CoordinatorReply =
  | { kind: 'listening'; address: string; pid: number; sampledPid: number | undefined }
  | { kind: 'failed'; message: string };

/** What every client process needs to take part in a strategy. */
export interface ClientSetup {
  reference: StrategyReference;
  process: string;
  addresses: Record<string, string>;
  /** The strategy's. */
  directory: string;
  /** Private folder of the round, for evidence and what a client makes for itself; another than `directory` where coordinators were joined. */
  roundDirectory: string;
  secret: string;
  realm?: string;
  structures: StructureDeclaration[];
  /** The strategy as the user wrote it. */
  label: string;
}

/** A looping process replayed by this worker. */
export interface LoopLane {
  process: string;
  file: string;
  pauseMs: number;
  repeat: boolean;
}

/** `autocannon` keeps connections busy by itself, on plain HTTP/1.1 with connections that are kept. */
export type SubmitDriver = 'undici' | 'autocannon';

export interface WorkerSetup extends ClientSetup {
  kind: 'setup';
  index: number;
  header: TraceHeader;
  /** Names of operation kinds; their index stands for them in evidence. */
  kinds: string[];
  openFile: string;
  loops: LoopLane[];
  verifiable: string[];
  partitions: number;
  runDirectory: string;
  /** Sets the marks of this worker's writes apart from those of every other worker of the run, in whichever shard. */
  markNumber: number;
  /** Absolute monotonic nanoseconds that all times of this round count from. */
  originNs: string;
  speed: number;
  workScale: number;
  payloadScale: number | undefined;
  computeUnitsPerMs: number;
  closedConcurrency: number | undefined;
  /** The client that sends submits in a closed loop. */
  driver: SubmitDriver;
  /** Where to export telemetry to, and the share of operations that get spans. */
  otlp: { endpoint: string; sampled: number } | undefined;
  /** Whether every operation that is due at a time is one submit and nothing else. */
  submitsOnly: boolean;
  /** Share of submits whose row is missing in the replica; undefined: as recorded. */
  missRate: number | undefined;
}

/** One part of a round: a warm-up, or the measured part. Trace times in milliseconds before speed is applied. */
export interface SegmentStart {
  kind: 'segment';
  /** When this part starts, nanoseconds after the origin. */
  startNs: number;
  fromMs: number;
  toMs: number;
  /** How long operations may go on after the last due time. */
  drainMs: number;
  /** Whether chains go on to their ends; else what becomes due after the part is left for the next one. */
  chainsGoOn: boolean;
}

export type ToWorker =
  | WorkerSetup
  | SegmentStart
  | { kind: 'wind-down' }
  | { kind: 'export' }
  | { kind: 'stop' }
  | { kind: 'finish' }
  | { kind: 'die-holding' };

export interface SecondSample {
  second: number;
  operations: Record<string, number[]>;
}

export interface WorkerProgress {
  kind: 'progress';
  sent: number;
  finished: number;
  inFlight: number;
  rssBytes: number;
  samples: SecondSample[];
}

export interface WorkerOutcome {
  kind: 'outcome';
  kinds: Record<string, KindOutcome>;
  sent: number;
  /** Due, and not sent when the part was over. */
  unsent: number;
  /** Never sent and never due: links of chains, or what a closed loop had left, when nothing ended any more. */
  givenUp: number;
  /** Whether nothing ended any more, so that the rest was given up (closed loop, chains). */
  stalled: boolean;
  /** Sections entered, and whether any operation of this worker ever asked for a lock. */
  sections: number;
  askedForLocks: boolean;
  cpuPercent: number;
  rssBytes: number;
  /** From the start of the part to the last ending. */
  elapsedMs: number;
  samples: SecondSample[];
  /** By workload: what it has beside the latencies of its operations. */
  workloads: Record<string, WorkloadOutcome>;
}

export type FromWorker =
  | { kind: 'ready' }
  /** In a closed loop: all that was given to this worker is done. */
  | { kind: 'lanes-over' }
  | WorkerProgress
  | WorkerOutcome
  /** Telemetry was handed to its receiver, or what kept it from being. */
  | { kind: 'exported'; dropped: number; fault: string | undefined }
  | { kind: 'finished' }
  | { kind: 'failed'; message: string };

/** By workload and name. */
export type Gauges = Record<string, Record<string, number>>;

/** `fresh`: structures are new; `over`: what an earlier run left goes first; `none`: another shard fills them. */
export type Filling = 'fresh' | 'over' | 'none';

export interface StewardSetup extends ClientSetup {
  kind: 'setup';
  header: TraceHeader;
  filling: Filling;
  runDirectory: string;
  /** Operations of the plan where it has submits, whose rows the replica has to hold; else empty. */
  submitFiles: string[];
}

export type ToSteward =
  | StewardSetup
  | { kind: 'finals'; id: number; entries: [structure: string, key: string][] }
  | { kind: 'gauges' };

export type FromSteward =
  | { kind: 'ready' }
  | { kind: 'finals'; id: number; versions: (number | null)[] }
  /** By workload, what the servers of the strategy hold. */
  | { kind: 'gauges'; workloads: Gauges }
  | { kind: 'failed'; message: string };
