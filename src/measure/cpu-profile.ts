import { busyWeight, type CallTree, functionCosts } from './call-tree.js';

/** Where the CPU time went, as a profile tells it. */
export interface CpuProfileSummary {
  /** What took it: `inspector`, `py-spy`, `perf`, or the file it was read from. */
  source: string;
  unit: 'ms' | 'samples';
  /** All that was sampled outside idling, in the unit. */
  busy: number;
  /** The functions that took most by themselves. */
  functions: FunctionShare[];
  /** What a Node process says of its event loop, its garbage collector and its heap meanwhile. */
  node?: NodeReadings;
  /** What a reader should know: an inspector that could not be closed, for instance. */
  notes: string[];
}

export interface FunctionShare {
  name: string;
  file?: string;
  line?: number;
  selfPercent: number;
  totalPercent: number;
}

export interface NodeReadings {
  /** Share of time in which the event loop was not idle. */
  eventLoopUtilization: number;
  /** How late the event loop came round. */
  eventLoopDelayMs: { mean: number; p50: number; p99: number; max: number };
  gc: { count: number; totalMs: number; maxMs: number };
  heap: { usedBytes: number; totalBytes: number; externalBytes: number };
}

/** Functions that a summary names. */
const mostFunctions = 25;

export function summariseTree(tree: CallTree, source: string, notes: readonly string[] = []): CpuProfileSummary {
  const busy = busyWeight(tree);
  const share = (weight: number): number => (busy === 0 ? 0 : (100 * weight) / busy);
  const functions = functionCosts(tree)
    .slice(0, mostFunctions)
    .map(({ self, total, ...frame }) => ({ ...frame, selfPercent: share(self), totalPercent: share(total) }));
  return { source, unit: tree.unit, busy, functions, notes: [...notes] };
}
