import type { CoordinatorRecorder } from '../monitor/clinic/coordinator-recorder.js';
import type { Thresholds } from '../monitor/monitor.js';
import type { SubmitDriver } from './messages.js';
import type { ProfilingRequest } from './profiling.js';
import type { ReplayRun } from './replay-run.js';
import type { RoundProgress } from './segment-runner.js';
import type { Shard } from './shard.js';

export interface ReplayOptions {
  /** Path of the trace; `-` for standard input. */
  trace: string;
  /** `name`, `name:option=value,…`, a path to a module, or several of these joined by `+`. */
  strategies: readonly string[];
  /** Those of `strategies` that are left out, instead of refused, where they cannot do what the trace needs. */
  optional?: readonly string[];
  /** How many times as fast as recorded operations become due. Default 1. */
  speed?: number;
  /** Instead of `speed`: operations due per second, on average. */
  ratePerSecond?: number;
  /** Closed loop: so many operations in flight, as fast as possible. Default: open loop, at the recorded times. */
  closedConcurrency?: number;
  /** The client that sends submits in a closed loop. Default `undici`, as in the open loop. */
  driver?: SubmitDriver;
  /** Worker processes. Default: one per recorded process. */
  workers?: number;
  /** Kinds of operation to replay. Default: all. */
  only?: readonly string[];
  rounds?: number;
  /** Replays this much of the trace's beginning (milliseconds of trace), drains it, and leaves it out. */
  warmupMs?: number;
  /** Replays only what is due before this time of the trace. */
  durationMs?: number;
  /** How long operations may go on after the last due time. Default 15 s. */
  drainMs?: number;
  /** Factor on all waits and computing. */
  workScale?: number;
  /** Share of submits whose row is missing in the replica, 0 to 1. Default: as recorded. */
  missRate?: number;
  /** Server processes of strategies that have an option `servers`, where their spec doesn't say. */
  servers?: number;
  /** Where `submit-target` sends submits to. */
  target?: SubmitTarget;
  /** Share of the recorded rows that fan-out cycles make, in place of the trace's own. */
  payloadScale?: number;
  /** Fixes coordinators to core 0 and workers to the others. */
  pin?: boolean;
  /** Holding a lock for longer is reported. Default 1 s. */
  longHeldMs?: number;
  thresholds?: Thresholds;
  /** Faults to inject into every round: `kill-holder@5s`, `pause-worker:3s@5s`, … */
  faults?: readonly string[];
  skipInvalid?: boolean;
  /** Runs a profiler inside each coordinator; results whose coordinators it slowed say so in `slowedBy`. */
  recorder?: CoordinatorRecorder;
  /** Replays this part of the trace only. */
  shard?: Shard;
  /** Coordinators that `ipcbench serve` runs, instead of own ones: the file it named, or `name=tcp:host:port` for each. */
  join?: readonly string[];
  /** The secret of coordinators joined by address. */
  secretFile?: string;
  /** When the measured part starts, milliseconds since 1970. Default: when everything is ready. */
  startAtMs?: number;
  /** Profiles each coordinator while it is measured. */
  profiling?: ProfilingRequest;
  /** Base address of an OTLP receiver (HTTP) that telemetry is exported to. */
  otlp?: string;
  /** Ends the run early; what was measured until then is kept. */
  signal?: AbortSignal;
  onProgress?: (progress: ReplayProgress) => void;
  /** Called with the kinds of operation of the trace before anything is started; what it throws ends the run. */
  onTrace?: (kinds: readonly string[]) => void;
  /** Called after each strategy's round with all results so far, so that a crash loses at most a round. */
  onResults?: (run: ReplayRun) => void | Promise<void>;
}

/** An HTTP endpoint that somebody else runs. */
export interface SubmitTarget {
  /** `http://host:port` */
  url: string;
  /** Sent with every request. */
  headers: Readonly<Record<string, string>>;
  /** Whether it may be on another machine. */
  allowRemote: boolean;
}

export type ReplayProgress =
  | { stage: 'reading'; operations: number }
  | { stage: 'starting'; label: string; round: number; rounds: number }
  | ({ stage: 'running'; label: string; round: number; rounds: number } & RoundProgress);

export type { SubmitDriver };
