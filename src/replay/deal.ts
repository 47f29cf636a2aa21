import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { Histogram } from '../measure/histogram.js';
import { capabilitiesNeeded, type StepCapability } from '../trace/capability.js';
import type { Step, TraceHeader, TraceOperation } from '../trace/operation.js';
import { patienceMs } from '../trace/patience.js';
import { hashOf } from './evidence.js';
import { footprintOf } from './footprint.js';
import type { LoopLane } from './messages.js';
import { OverlapCensus } from './overlap-census.js';
import { resolveText } from './resolver.js';
import { stepsOf } from './shard.js';
import { VerifiableStructures } from './verifiable.js';

export interface DealOptions {
  directory: string;
  /** Undefined: one worker per recorded process. */
  workers: number | undefined;
  only: readonly string[];
  /** Only what is due before this trace time. */
  durationMs: number | undefined;
}

export interface WorkerPlan {
  process: string;
  openFile: string;
  /** Operations in `openFile`. */
  openOperations: number;
  loops: LoopLane[];
}

/** Whether an operation is of a kind and a time that are replayed at all. */
export function isWanted(
  { op, at }: TraceOperation,
  { only, durationMs }: Pick<DealOptions, 'only' | 'durationMs'>,
): boolean {
  if (only.length > 0 && !only.includes(op)) return false;
  return durationMs === undefined || at === undefined || at < durationMs;
}

/** Deals operations to files: one of what is due at a time per worker, one per loop. */
export class Deal {
  readonly kinds = new Set<string>();
  readonly openKinds = new Set<string>();
  readonly recorded = new Map<string, Histogram>();
  readonly verifiable = new VerifiableStructures();
  operations = 0;
  openOperations = 0;
  openOperationsOfAll = 0;
  chained = false;
  /** What a strategy has to be able to do for them. */
  readonly capabilities = new Set<StepCapability>();
  /** How long an operation may honestly be under way without anything happening. */
  patienceMs = 0;
  /** What this shard has in common with the others. */
  readonly census = new OverlapCensus();
  /** Undefined: all of them. */
  readonly #processes: ReadonlySet<string> | undefined;
  #openSubmits = 0;
  readonly #openByWorker = new Map<string, number>();
  readonly #header: TraceHeader;
  readonly #options: DealOptions;
  readonly #files = new Map<string, WriteStream>();
  readonly #loops: ReadonlyMap<string, { pauseMs: number; repeat?: boolean }>;
  readonly #lockKeys = new Map<string, string | undefined>();
  readonly #used = new Set<string>();
  readonly #templatesUsed = new Set<string>();

  constructor(header: TraceHeader, options: DealOptions, processes: ReadonlySet<string> | undefined) {
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

  /** Whether there are operations that are due at a time, and each of them is one submit and nothing else. */
  get submitsOnly(): boolean {
    return this.openOperations > 0 && this.#openSubmits === this.openOperations;
  }

  add(operation: TraceOperation): void {
    if (!isWanted(operation, this.#options)) return;
    // What the whole trace does decides what can be checked, and what kinds there are; a shard replays its own part.
    this.kinds.add(operation.op);
    this.#needs(operation);
    if (operation.steps !== undefined) this.verifiable.add(operation.steps);
    const loops = this.#loops.has(operation.process);
    if (!loops) this.openOperationsOfAll += 1;
    if (!this.#isHere(operation)) return;
    this.operations += 1;
    this.#used.add(operation.process);
    if (operation.recorded !== undefined) this.#sawRecorded(operation.op, operation.recorded.ms);
    if (!loops) {
      if (isSubmit(stepsOf(operation, this.#header))) this.#openSubmits += 1;
      this.openOperations += 1;
      this.openKinds.add(operation.op);
    }
    if (operation.after !== undefined) this.chained = true;
    const worker = this.#workerOf(operation);
    if (!loops) this.#openByWorker.set(worker, (this.#openByWorker.get(worker) ?? 0) + 1);
    const file = loops ? this.#loopFile(operation.process) : this.#openFile(worker);
    this.#stream(file).write(`${JSON.stringify(operation)}\n`);
  }

  /** A template's needs are looked at once. */
  #needs(operation: TraceOperation): void {
    const template = operation.use ?? operation.op;
    if (operation.steps === undefined && this.#templatesUsed.has(template)) return;
    if (operation.steps === undefined) this.#templatesUsed.add(template);
    const steps = stepsOf(operation, this.#header);
    capabilitiesNeeded(steps, this.capabilities);
    this.patienceMs = Math.max(this.patienceMs, patienceMs(steps));
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

function isSubmit(steps: readonly Step[]): boolean {
  return steps.length === 1 && steps[0]?.do === 'submit';
}

function firstLockKey(steps: readonly Step[]): string | undefined {
  for (const step of steps) {
    if (step.do === 'lock') return typeof step.key === 'string' ? step.key : step.key[0];
  }
  return undefined;
}
