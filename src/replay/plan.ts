import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { IpcbenchError } from '../errors.js';
import { Histogram } from '../measure/histogram.js';
import type { Step, TraceHeader, TraceOperation } from '../trace/operation.js';
import { openTrace } from '../trace/reader.js';
import { primaryOf, type TraceSummary } from '../trace/summary.js';
import { hashOf } from './evidence.js';
import { footprintOf } from './footprint.js';
import type { LoopLane } from './messages.js';
import { OverlapCensus } from './overlap-census.js';
import { processesOfShard, type Shard, stepsOf } from './shard.js';
import { resolveText } from './step-compiler.js';
import { VerifiableStructures } from './verifiable.js';

export interface PlanOptions {
  trace: string;
  directory: string;
  /** Undefined: one worker per recorded process. */
  workers: number | undefined;
  only: readonly string[];
  /** Only what is due before this trace time. */
  durationMs: number | undefined;
  skipInvalid: boolean;
  /** Only this part of the trace. */
  shard?: Shard | undefined;
  /** Called with the number of operations read so far. */
  onProgress?: (operations: number) => void;
}

export interface WorkerPlan {
  process: string;
  openFile: string;
  /** Operations in `openFile`. */
  openOperations: number;
  loops: LoopLane[];
}

/** The trace, dealt to workers: read once, validated whole, and the same for every strategy and round. */
export interface Plan {
  header: TraceHeader;
  summary: TraceSummary;
  workers: WorkerPlan[];
  kinds: string[];
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

/** Whether an operation is of a kind and a time that are replayed at all. */
export function isWanted(
  { op, at }: TraceOperation,
  { only, durationMs }: Pick<PlanOptions, 'only' | 'durationMs'>,
): boolean {
  if (only.length > 0 && !only.includes(op)) return false;
  return durationMs === undefined || at === undefined || at < durationMs;
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

/** Deals operations to files: one of what is due at a time per worker, one per loop. */
class Deal {
  readonly kinds = new Set<string>();
  readonly openKinds = new Set<string>();
  readonly recorded = new Map<string, Histogram>();
  readonly verifiable = new VerifiableStructures();
  operations = 0;
  openOperations = 0;
  openOperationsOfAll = 0;
  chained = false;
  /** What this shard has in common with the others. */
  readonly census = new OverlapCensus();
  /** Undefined: all of them. */
  readonly #processes: ReadonlySet<string> | undefined;
  readonly #openByWorker = new Map<string, number>();
  readonly #header: TraceHeader;
  readonly #options: PlanOptions;
  readonly #files = new Map<string, WriteStream>();
  readonly #loops: ReadonlyMap<string, { pauseMs: number; repeat?: boolean }>;
  readonly #lockKeys = new Map<string, string | undefined>();
  readonly #used = new Set<string>();

  constructor(header: TraceHeader, options: PlanOptions, processes: ReadonlySet<string> | undefined) {
    this.#header = header;
    this.#options = options;
    this.#processes = processes;
    this.#loops = new Map(
      header.processes.flatMap(({ name, loop }) => (loop === undefined ? [] : [[name, loop] as const])),
    );
    for (const [name, steps] of Object.entries(header.templates ?? {})) {
      this.verifiable.add(steps);
      this.#lockKeys.set(name, firstLockKey(steps));
    }
  }

  add(operation: TraceOperation): void {
    if (!isWanted(operation, this.#options)) return;
    // What the whole trace does decides what can be checked, and what kinds there are; a shard replays its own part.
    this.kinds.add(operation.op);
    if (operation.steps !== undefined) this.verifiable.add(operation.steps);
    const loops = this.#loops.has(operation.process);
    if (!loops) this.openOperationsOfAll += 1;
    if (!this.#isHere(operation)) return;
    this.operations += 1;
    this.#used.add(operation.process);
    if (operation.recorded !== undefined) this.#sawRecorded(operation.op, operation.recorded.ms);
    if (!loops) {
      this.openOperations += 1;
      this.openKinds.add(operation.op);
    }
    if (operation.after !== undefined) this.chained = true;
    const worker = this.#workerOf(operation);
    if (!loops) this.#openByWorker.set(worker, (this.#openByWorker.get(worker) ?? 0) + 1);
    const file = loops ? this.#loopFile(operation.process) : this.#openFile(worker);
    this.#stream(file).write(`${JSON.stringify(operation)}\n`);
  }

  workers(): WorkerPlan[] {
    const names = this.#workerNames();
    const loops = [...this.#loops].filter(([name]) => this.#used.has(name));
    return names.map((process, index) => ({
      process,
      openFile: this.#openFile(process),
      openOperations: this.#openByWorker.get(process) ?? 0,
      loops: loops
        .filter(([name], place) =>
          this.#options.workers === undefined ? name === process : place % names.length === index,
        )
        .map(([name, { pauseMs, repeat }]) => ({
          process: name,
          file: this.#loopFile(name),
          pauseMs,
          repeat: repeat ?? true,
        })),
    }));
  }

  /** Waits until the files have taken what was written. */
  async drained(): Promise<void> {
    for (const stream of this.#files.values()) if (stream.writableNeedDrain) await once(stream, 'drain');
  }

  async close(): Promise<void> {
    for (const name of this.#workerNames()) this.#stream(this.#openFile(name));
    for (const stream of this.#files.values()) {
      stream.end();
      await once(stream, 'close');
    }
  }

  #workerNames(): string[] {
    const { workers } = this.#options;
    if (workers !== undefined) return Array.from({ length: workers }, (_, index) => `worker-${index + 1}`);
    return this.#header.processes.map(({ name }) => name).filter((name) => this.#used.has(name));
  }

  /** Operations on the same lock go to the same worker, so that they stay in order. */
  #workerOf(operation: TraceOperation): string {
    const { workers } = this.#options;
    if (workers === undefined) return operation.process;
    // A chain stays together, those that begin it at a time of their own included.
    if (operation.after !== undefined || operation.chain !== undefined) {
      const chain = `${operation.process}\u0000${operation.chain ?? ''}`;
      return `worker-${(hashOf(chain) % workers) + 1}`;
    }
    const template =
      operation.steps === undefined ? this.#lockKeys.get(operation.use ?? operation.op) : firstLockKey(operation.steps);
    const key =
      template === undefined ? operation.process : resolveText(template, { fields: operation.fields ?? {}, item: '' });
    return `worker-${(hashOf(key) % workers) + 1}`;
  }

  #isHere(operation: TraceOperation): boolean {
    if (this.#processes === undefined) return true;
    const here = this.#processes.has(operation.process);
    this.census.add(footprintOf(stepsOf(operation, this.#header), operation.fields ?? {}), here);
    return here;
  }

  #sawRecorded(kind: string, ms: number): void {
    const histogram = this.recorded.get(kind) ?? new Histogram();
    histogram.record(ms * 1e6);
    this.recorded.set(kind, histogram);
  }

  #openFile(worker: string): string {
    return join(this.#options.directory, `open-${hashOf(worker)}.jsonl`);
  }

  #loopFile(process: string): string {
    return join(this.#options.directory, `loop-${hashOf(process)}.jsonl`);
  }

  #stream(path: string): WriteStream {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const stream = createWriteStream(path, { mode: 0o600 });
    this.#files.set(path, stream);
    return stream;
  }
}

function firstLockKey(steps: readonly Step[]): string | undefined {
  for (const step of steps) {
    if (step.do === 'lock') return typeof step.key === 'string' ? step.key : step.key[0];
  }
  return undefined;
}
