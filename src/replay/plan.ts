import { IpcbenchError } from '../errors.js';
import type { Histogram } from '../measure/histogram.js';
import { type StepCapability, stepCapabilities } from '../trace/capability.js';
import type { TraceHeader, TraceOperation } from '../trace/operation.js';
import { openTrace } from '../trace/reader.js';
import { primaryOf, type TraceSummary } from '../trace/summary.js';
import { Deal, type DealOptions, isWanted, type WorkerPlan } from './deal.js';
import { processesOfShard, type Shard } from './shard.js';

export interface PlanOptions extends DealOptions {
  trace: string;
  skipInvalid: boolean;
  /** Only this part of the trace. */
  shard?: Shard | undefined;
  /** Called with the number of operations read so far. */
  onProgress?: (operations: number) => void;
}

/** The trace, dealt to workers: read once, validated whole, and the same for every strategy and round. */
export interface Plan {
  header: TraceHeader;
  summary: TraceSummary;
  workers: WorkerPlan[];
  kinds: string[];
  /** What a strategy has to be able to do for them. */
  capabilities: StepCapability[];
  /** How long its operations may honestly be under way without anything happening, by the time-outs of their steps. */
  patienceMs: number;
  /** Whether every operation that is due at a time is one submit and nothing else: then other drivers can send them. */
  submitsOnly: boolean;
  /** Kinds of which some are due at a recorded time; the others only ever follow one another in a loop. */
  openKinds: Set<string>;
  primary: string;
  /** Operations that are due at a time, and the trace time that the plan spans, milliseconds. */
  openOperations: number;
  spanMs: number;
  /** Operations due at a time in the whole trace, where only a shard of it is replayed: a rate is that of all shards. */
  openOperationsOfAll: number;
  shard: PlannedShard | undefined;
  /** Recorded durations by kind, nanoseconds. */
  recorded: Map<string, Histogram>;
  verifiable: string[];
  partitions: number;
  /** Whether operations were dealt anew instead of to the processes that were recorded. */
  dealtAnew: boolean;
  /** Whether some operations are due when another has ended: then nobody knows when the last one is. */
  chained: boolean;
}

/** A shard as it came out. */
export interface PlannedShard extends Shard {
  operations: number;
  /** Locks, entries and structures that it has in common with other shards, which no oracle can judge. */
  unseen: number;
}

const recordsPerOperation = 6;
const recordBytes = 64;
/** The oracle takes one partition at a time: about so much of it is in memory at once, as objects some ten times that and what is garbage by then. */
const partitionBytes = 5e5;
const partitionsAtMost = 512;

/** Reads the whole trace and writes each worker's share to its own files. */
export async function makePlan(options: PlanOptions): Promise<Plan> {
  const { shard } = options;
  const wanted = (operation: TraceOperation): boolean => isWanted(operation, options);
  const processes = shard === undefined ? undefined : await processesOfShard(shard, { ...options, wanted });
  const trace = await openTrace(options.trace, { skipInvalid: options.skipInvalid });
  try {
    const { header } = trace;
    const deal = new Deal(header, options, processes);
    let read = 0;
    for await (const batch of trace.batches()) {
      for (const operation of batch) deal.add(operation);
      read += batch.length;
      options.onProgress?.(read);
      await deal.drained();
    }
    await deal.close();
    const summary = trace.summary();
    if (deal.operations === 0) throw nothingToReplay(options, summary);
    // What is due at the very end is still due: the end lies a microsecond behind it.
    const spanMs = Math.min(summary.durationMs + 0.001, options.durationMs ?? Number.POSITIVE_INFINITY);
    return {
      header,
      summary,
      workers: deal.workers(),
      kinds: [...deal.kinds],
      capabilities: stepCapabilities.filter((capability) => deal.capabilities.has(capability)),
      patienceMs: deal.patienceMs,
      submitsOnly: deal.submitsOnly,
      openKinds: deal.openKinds,
      primary: primaryAmong([...deal.kinds], primaryOf(header, summary)),
      openOperations: deal.openOperations,
      spanMs: Math.max(spanMs, 1),
      openOperationsOfAll: deal.openOperationsOfAll,
      shard: shard === undefined ? undefined : { ...shard, operations: deal.operations, unseen: deal.census.unseen },
      recorded: deal.recorded,
      verifiable: deal.verifiable.names(header.structures),
      partitions: Math.min(
        Math.max(Math.ceil((deal.operations * recordsPerOperation * recordBytes) / partitionBytes), 4),
        partitionsAtMost,
      ),
      dealtAnew: options.workers !== undefined,
      chained: deal.chained,
    };
  } finally {
    await trace.close();
  }
}

/** With `--only`, the operation that tables mean may be one that is left out. */
function primaryAmong(kinds: readonly string[], primary: string | undefined): string {
  return primary !== undefined && kinds.includes(primary) ? primary : (kinds[0] ?? '');
}

function nothingToReplay({ trace, only, durationMs }: PlanOptions, { kinds }: TraceSummary): IpcbenchError {
  if (only.length > 0) {
    const there = Object.keys(kinds).join(', ');
    return new IpcbenchError('BAD_OPTION', `--only ${only.join(',')}: ${trace} has no such operation; it has ${there}`);
  }
  const until = durationMs === undefined ? '' : ` due in its first ${durationMs} ms`;
  return new IpcbenchError(
    'BAD_TRACE',
    `${trace}: no operations${until}; a trace needs at least one line after its header`,
  );
}
