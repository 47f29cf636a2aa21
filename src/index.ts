/** The library: everything the command line does, from a program. Strategies for production use are in `ipcbench/strategies`. */
export { IpcbenchError, isIpcbenchError } from './errors.js';
export type * from './measure/coordinator-profile.js';
export type { CpuProfileSummary, FunctionShare, NodeReadings } from './measure/cpu-profile.js';
export type * from './measure/profile.js';
export type * from './measure/result.js';
export type { StoredTree } from './measure/stored-tree.js';
export { profile } from './monitor/library.js';
export type { ObservationOptions as ProfileOptions } from './monitor/observation.js';
export { type ReplayOptions, type ReplayProgress, replay } from './replay/replay.js';
export type { ReplayRun } from './replay/replay-run.js';
export { type LoadedStrategy, listStrategies, loadStrategy } from './strategies/index.js';
export {
  defineStrategy,
  type LockHandle,
  type Locks,
  type Meter,
  noMeter,
  type Session,
  type State,
  type Strategy,
} from './strategies/strategy.js';
export type { Step, TraceHeader, TraceOperation } from './trace/operation.js';
export { readTrace, validateTrace } from './trace/reader.js';
