import type { CoordinatorRecorder } from '../monitor/clinic/coordinator-recorder.js';
import type { Thresholds } from '../monitor/monitor.js';
import type { Fault } from './fault.js';
import type { Joined } from './join.js';
import type { SubmitDriver } from './messages.js';
import type { OtlpTarget } from './otlp.js';
import type { Plan } from './plan.js';
import type { ProfilingRequest } from './profiling.js';
import type { RunDirectory } from './run-directory.js';

/** What stays the same for every round of a run. */
export interface RoundSettings {
  plan: Plan;
  runDirectory: RunDirectory;
  speed: number;
  workScale: number;
  /** Share of recorded rows that fan-out cycles make; undefined: as the trace says. */
  payloadScale: number | undefined;
  computeUnitsPerMs: number;
  warmupMs: number;
  drainMs: number;
  /** Whether chains end with the trace time that is replayed, instead of going on to their own ends. */
  chainsCut: boolean;
  closedConcurrency: number | undefined;
  driver: SubmitDriver;
  /** Share of submits whose row is missing in the replica; undefined: as recorded. */
  missRate: number | undefined;
  /** Cores for coordinators and for workers, in turn; undefined: wherever the kernel puts them. */
  cores: { coordinators: readonly number[]; workers: readonly number[] } | undefined;
  longHeldMs: number;
  thresholds: Thresholds;
  faults: readonly Fault[];
  /** Runs a profiler inside each coordinator. */
  recorder: CoordinatorRecorder | undefined;
  /** Coordinators that somebody else started; undefined: each round starts its own. */
  joined: Joined | undefined;
  /** When the measured part starts, milliseconds since 1970; undefined: when everything is ready. */
  startAtMs: number | undefined;
  /** Where telemetry is exported to, if anywhere. */
  otlp: OtlpTarget | undefined;
  /** Whether, and how deeply, coordinators are profiled. */
  profiling: ProfilingRequest | undefined;
  signal: AbortSignal;
}
