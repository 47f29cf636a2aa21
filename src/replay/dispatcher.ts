import { setImmediate } from 'node:timers/promises';
import { IpcbenchError, isIpcbenchError, messageOf } from '../errors.js';
import type { OperationSpan } from '../telemetry/telemetry.js';
import type { TraceOperation } from '../trace/operation.js';
import { Chains } from './chains.js';
import type { Environment } from './environment.js';
import { runClosedLanes, runLoopLane, runOpenLane } from './lanes.js';
import type { Begun, Launcher } from './launcher.js';
import type { LoopLane, SecondSample, SegmentStart, WorkerSetup } from './messages.js';
import { OperationRun } from './operation-run.js';
import { OperationSource } from './operation-source.js';
import { Part } from './part.js';
import { type Ending, KindRecorder } from './recorder.js';
import { type CompiledStep, compileSteps, runSteps } from './step-compiler.js';
import { cannonEndpoint, saturationOf } from './submit/saturation.js';
import { takeOverdue, takeRest } from './unsent.js';
import { WorkloadTallies } from './workload-tally.js';

interface Active {
  run: OperationRun;
  kind: string;
  dueNs: number;
  startNs: number;
  span: OperationSpan | undefined;
}

/** When nothing ends for this long in closed-loop mode, the drain deadline counts from then. */
const stallCheckMs = 250;

/** Starts a worker's operations when they are due and records how they end. One part of a round at a time. */
export class Dispatcher {
  recorders = new Map<string, KindRecorder>();
  tallies = new WorkloadTallies();
  sent = 0;
  unsent = 0;
  /** Whose turn never came, because this part was given up: links of chains, or what a closed loop had left. */
  givenUp = 0;
  finished = 0;
  /** Whether this part was given up because nothing ended any more (closed loop, chains). */
  stalled = false;
  sections = 0;
  askedForLocks = false;
  lastEndNs = 0;
  readonly #environment: Environment;
  readonly #setup: WorkerSetup;
  readonly #open: OperationSource;
  readonly #loops: { lane: LoopLane; source: OperationSource }[];
  readonly #templates: ReadonlyMap<string, CompiledStep[]>;
  readonly #kindNumbers: ReadonlyMap<string, number>;
  readonly #launcher: Launcher;
  readonly #chains: Chains;
  readonly #active = new Set<Active>();
  #operations = 0;
  #part: Part | undefined;
  /** Stopping is for good: a part that is begun afterwards ends at once. */
  #stopAsked = false;

  constructor(environment: Environment, setup: WorkerSetup) {
    this.#environment = environment;
    this.#setup = setup;
    this.#open = new OperationSource(setup.openFile);
    this.#loops = setup.loops.map((lane) => ({ lane, source: new OperationSource(lane.file) }));
    const templates = Object.entries(setup.header.templates ?? {});
    this.#templates = new Map(templates.map(([name, steps]) => [name, compileSteps(steps)]));
    this.#kindNumbers = new Map(setup.kinds.map((kind, index) => [kind, index]));
    const { clock, alarm } = environment;
    this.#launcher = {
      clock,
      alarm,
      speed: setup.speed,
      begin: (operation, due) => this.#begin(operation, due),
      launch: (operation, due) => this.#launch(operation, due),
    };
    this.#chains = new Chains(this.#launcher, () => this.#noticeIdle());
  }

  get inFlight(): number {
    return this.#active.size;
  }

  /** Reads ahead, so that small traces are parsed before anything is measured. */
  async prepare(): Promise<void> {
    await Promise.all([this.#open.refill(), ...this.#loops.map(({ source }) => source.refill())]);
  }

  /**
   * Runs one part; resolves when everything due in it has ended, its drain deadline has come, or it was stopped.
   * @param onLanesOver called in a closed loop when all that was given to this worker is done; its loops go on until `windDown`
   */
  async run(segment: SegmentStart, onLanesOver: () => void): Promise<void> {
    const part = new Part(segment, this.#setup.speed);
    this.#part = part;
    this.recorders = new Map();
    this.tallies = new WorkloadTallies();
    this.sent = this.unsent = this.givenUp = this.finished = this.sections = 0;
    this.lastEndNs = segment.startNs;
    if (this.#stopAsked) part.stop();
    const isClosed = this.#setup.closedConcurrency !== undefined;
    await Promise.race([isClosed ? this.#runClosed(part, onLanesOver) : this.#runOpen(part), part.ended]);
    const deadlineCame = part.stopped && !this.#stopAsked;
    part.stop();
    this.#settleUnfinished(part, deadlineCame);
    await this.#settleUnsent(part, deadlineCame);
    this.stalled = (isClosed && deadlineCame) || this.givenUp > 0;
  }

  /** Ends this part and all that may follow: what is still under way counts as unfinished. */
  stop(): void {
    this.#stopAsked = true;
    this.#part?.stop();
  }

  /** In a closed loop: all workers have done what they were given, loops make no further pass. */
  windDown(): void {
    this.#part?.windDown();
  }

  /** What was recorded per second since the last call. */
  takeSamples(second: number): SecondSample[] {
    const operations: Record<string, number[]> = {};
    for (const [kind, recorder] of this.recorders) {
      if (recorder.recent.count > 0) operations[kind] = recorder.takeRecent();
    }
    return Object.keys(operations).length === 0 ? [] : [{ second, operations }];
  }

  close(): void {
    for (const source of [this.#open, ...this.#loops.map((loop) => loop.source)]) source.close();
  }

  async #runOpen(part: Part): Promise<void> {
    this.#chains.resume(part);
    const loops = this.#loops.map(({ lane, source }) => runLoopLane(lane, source, part, part.endNs, this.#launcher));
    this.#stopAtDeadline(part, part.endNs + part.segment.drainMs * 1e6);
    await Promise.all([runOpenLane(this.#open, part, this.#chains, this.#launcher), ...loops]);
    await this.#idle();
  }

  async #runClosed(part: Part, onLanesOver: () => void): Promise<void> {
    const concurrency = this.#setup.closedConcurrency ?? 0;
    for (const { lane, source } of this.#loops)
      void runLoopLane(lane, source, part, Number.POSITIVE_INFINITY, this.#launcher);
    if (concurrency > 0) this.#stopWhenStalled(part);
    const { driver, submitsOnly } = this.#setup;
    const http = driver === 'autocannon' ? cannonEndpoint(this.#environment.session) : undefined;
    // A connection is free once its client has had its turn after the answer: sooner, another one would be opened.
    const between = submitsOnly ? () => setImmediate() : undefined;
    if (http === undefined) await runClosedLanes(this.#open, part, concurrency, this.#launcher, between);
    else if (concurrency > 0) await saturationOf(this.#setup, this.#open, part, this.#launcher, http).run(concurrency);
    onLanesOver();
    await part.woundDown;
    await this.#idle();
  }

  #begin(operation: TraceOperation, due: number): Begun {
    const startNs = this.#environment.clock.nowNs();
    const number = this.#setup.index * 2 ** 40 + ++this.#operations;
    const kindNumber = this.#kindNumbers.get(operation.op) ?? 0;
    const { calls } = this.#recorderOf(operation.op);
    const { tallies } = this;
    const run = new OperationRun(
      this.#environment,
      calls,
      kindNumber,
      number,
      operation.fields ?? {},
      startNs,
      tallies,
    );
    const span = this.#startSpan(operation, startNs - due);
    run.stopwatch.parent = span;
    const active: Active = { run, kind: operation.op, dueNs: due, startNs, span };
    this.#active.add(active);
    this.sent += 1;
    const end = (failure: unknown): void => {
      if (failure !== undefined && this.#active.has(active)) this.#recorderOf(active.kind).sawError(messageOf(failure));
      this.#end(active, endingOf(failure), run.stopwatch.stop(), failure);
      this.#noticeIdle();
    };
    return { run, end };
  }

  async #launch(operation: TraceOperation, due: number): Promise<void> {
    const { run, end } = this.#begin(operation, due);
    let failure: unknown;
    try {
      await runSteps(this.#stepsOf(operation), run);
    } catch (error) {
      failure = error ?? new Error('an error without a word');
    }
    if (run.holdsLock) await run.abandon();
    end(failure);
  }

  #startSpan({ op, process }: TraceOperation, lateNs: number): OperationSpan | undefined {
    const { label } = this.#setup;
    return this.#environment.telemetry?.startOperation({ operation: op, strategy: label, process }, lateNs / 1e6);
  }

  #end(active: Active, ending: Ending, endNs: number, cause?: unknown): void {
    if (!this.#active.delete(active)) return;
    active.span?.end(
      ending === 'unfinished' ? new IpcbenchError('ABORTED', 'unfinished at the end of the run') : cause,
    );
    this.finished += 1;
    this.lastEndNs = endNs;
    this.sections += active.run.holdsNs.length;
    if (active.run.lockWaitsNs.length > 0) this.askedForLocks = true;
    this.#recorderOf(active.kind).record(active.run, ending, active.dueNs, active.startNs, endNs);
  }

  #stepsOf(operation: TraceOperation): readonly CompiledStep[] {
    if (operation.steps !== undefined) return compileSteps(operation.steps);
    return this.#templates.get(operation.use ?? operation.op) ?? [];
  }

  #recorderOf(kind: string): KindRecorder {
    const known = this.recorders.get(kind);
    if (known !== undefined) return known;
    const recorder = new KindRecorder();
    this.recorders.set(kind, recorder);
    return recorder;
  }

  /** Resolves when nothing is under way and no chain has anything left. */
  async #idle(): Promise<void> {
    while (this.#active.size > 0 || this.#chains.busy) {
      await new Promise<void>((resolve) => {
        this.#noticeIdle = resolve;
      });
    }
  }

  #noticeIdle: () => void = () => {};

  /** As long as chains get on, what they do next becomes due: then the deadline moves. */
  #stopAtDeadline(part: Part, deadlineNs: number): void {
    const { finished } = this;
    this.#environment.alarm.at(deadlineNs, () => {
      if (part.stopped) return;
      const chainsGetOn = this.#chains.busy && part.segment.chainsGoOn && this.finished !== finished;
      if (!chainsGetOn) part.stop();
      else this.#stopAtDeadline(part, this.#environment.clock.nowNs() + part.segment.drainMs * 1e6);
    });
  }

  #stopWhenStalled(part: Part): void {
    const { clock } = this.#environment;
    let finished = this.finished;
    let sinceNs = clock.nowNs();
    const timer = setInterval(() => {
      if (part.stopped) return clearInterval(timer);
      if (this.finished !== finished || this.#active.size === 0) {
        finished = this.finished;
        sinceNs = clock.nowNs();
      } else if (clock.nowNs() - sinceNs > part.segment.drainMs * 1e6) {
        part.stop();
      }
    }, stallCheckMs);
  }

  /** What is still open counts with the time it has taken so far. */
  #settleUnfinished(part: Part, deadlineCame: boolean): void {
    const { segment } = part;
    for (const active of [...this.#active]) {
      active.run.onUnfinished?.();
      this.#end(active, 'unfinished', active.run.stopwatch.stop());
    }
    // What waits in a chain has not become due: it has no time to count with, and no generator was late with it.
    if (segment.chainsGoOn || deadlineCame) {
      const dropped = this.#chains.drop();
      if (segment.chainsGoOn && deadlineCame) this.givenUp += dropped;
    }
  }

  /**
   * What was due and never sent counts too, with the time it has waited. In a closed loop nothing is due; one that stalled is over. Nor is what
   * a stop from outside came before held against the generator.
   */
  async #settleUnsent({ segment }: Part, deadlineCame: boolean): Promise<void> {
    if (this.#setup.closedConcurrency !== undefined) {
      if (deadlineCame) this.givenUp += await takeRest(this.#open, segment);
      return;
    }
    const nowNs = this.#environment.clock.nowNs();
    for await (const { operation, lateNs } of takeOverdue(this.#open, segment, this.#setup.speed, nowNs)) {
      if (lateNs === undefined) {
        if (segment.chainsGoOn && deadlineCame) this.givenUp += 1;
        continue;
      }
      if (!this.#stopAsked) this.unsent += 1;
      this.#recorderOf(operation.op).recordUnsent(lateNs);
    }
  }
}

function endingOf(failure: unknown): Ending {
  if (failure === undefined) return 'succeeded';
  return isIpcbenchError(failure, 'LOCK_TIMEOUT') || isIpcbenchError(failure, 'TIMEOUT') ? 'timed-out' : 'failed';
}
