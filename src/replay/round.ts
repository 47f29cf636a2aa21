import { setTimeout as sleep } from 'node:timers/promises';
import { IpcbenchError, isIpcbenchError, messageOf } from '../errors.js';
import { type Clock, clockFrom, monotonicNs } from '../measure/clock.js';
import type { Claims, CoordinatorUsage, FaultResult } from '../measure/result.js';
import { type Monitor, type MonitorPoint, startMonitor } from '../monitor/monitor.js';
import type { LoadedStrategy } from '../strategies/index.js';
import { FaultInjector } from './fault-injector.js';
import { faultResults } from './fault-result.js';
import { Fleet, sampledOf, type WatchedCoordinator, type WorkerProcess } from './fleet.js';
import { endLeftOvers } from './forward/left-over.js';
import type { FromWorker, Gauges, SecondSample, SegmentStart, WorkerOutcome, WorkerProgress } from './messages.js';
import { consultOracle, type Findings } from './oracle.js';
import { CoordinatorProfiling, type RoundProfile } from './profiling.js';
import type { RoundSettings } from './round-settings.js';
import { type RoundTeller, tellRound } from './round-telemetry.js';
import { readFinalsThrough, readGaugesThrough } from './steward-client.js';

/** How a round is coming along. */
export interface RoundProgress {
  elapsedMs: number;
  spanMs: number;
  sent: number;
  finished: number;
  inFlight: number;
}

/** What one round of one strategy left behind, before it is added up. */
export interface RoundOutcome {
  claims: Claims;
  workers: { process: string; outcome: WorkerOutcome | undefined; lastProgress: WorkerProgress | undefined }[];
  samples: SecondSample[];
  coordinators: CoordinatorUsage[];
  coordinatorPoints: MonitorPoint[];
  /** What was seen of each coordinator, where that was asked for. */
  profiles: RoundProfile[];
  findings: Findings;
  /** What the strategy's servers held at the end, by workload. */
  gauges: Gauges;
  /** Faults that were injected, and how it went on. */
  faults: FaultResult[];
  /** Deaths and other events that nobody ordered, in words. */
  incidents: string[];
  /** Whether a coordinator was lost: then there is no telling what the strategy would have done. */
  coordinatorLost: boolean;
  interrupted: boolean;
}

/** Between the last worker's readiness and the first due time: long enough for every worker to hear of it. */
const leadMs = 150;
/** What workers may take beyond the drain deadline to hand over what they measured. */
const handOverMs = 20_000;
const reportEveryMs = 250;
/** Closed loops and chains take as long as they take; workers stop by themselves when nothing ends for a drain's length. */
const endlessMs = 2 ** 31 - 1;

/** Replays the plan once on fresh processes of one strategy. Whatever happens, they have ended when it returns. */
export async function runRound(
  loaded: LoadedStrategy,
  name: string,
  settings: RoundSettings,
  onProgress: (progress: RoundProgress) => void,
): Promise<RoundOutcome> {
  const round = new Round(loaded, settings, settings.runDirectory.make(name), onProgress);
  try {
    return await round.run();
  } finally {
    await round.end();
  }
}

class Round {
  readonly #loaded: LoadedStrategy;
  readonly #settings: RoundSettings;
  readonly #directory: string;
  readonly #onProgress: (progress: RoundProgress) => void;
  readonly #fleet: Fleet;
  readonly #faults: FaultInjector;
  readonly #clock: Clock = clockFrom(monotonicNs());
  readonly #samples: SecondSample[] = [];
  readonly #incidents: string[] = [];
  #profiling: CoordinatorProfiling | undefined;
  #coordinatorLost = false;
  #ending = false;

  constructor(
    loaded: LoadedStrategy,
    settings: RoundSettings,
    directory: string,
    onProgress: (progress: RoundProgress) => void,
  ) {
    this.#loaded = loaded;
    this.#settings = settings;
    this.#directory = directory;
    this.#onProgress = onProgress;
    this.#fleet = new Fleet(loaded, settings, directory);
    this.#faults = new FaultInjector(this.#fleet, this.#clock, directory);
  }

  async run(): Promise<RoundOutcome> {
    const { signal, thresholds } = this.#settings;
    await this.#fleet.start(this.#clock.originNs);
    const watched = this.#fleet.watched();
    this.#watch(watched);
    const stop = (): void => this.#fleet.stopWorkers();
    signal.addEventListener('abort', stop);
    const monitor = startMonitor(sampledOf(watched), { thresholds, now: () => this.#clock.nowNs() });
    const teller = tellRound(this.#loaded.label, monitor, this.#fleet.coordinators);
    try {
      return await this.#measure(monitor, teller);
    } finally {
      teller.end();
      monitor.stop();
      signal.removeEventListener('abort', stop);
    }
  }

  /** Ends every process of this round; may be called whatever state they are in. */
  async end(): Promise<void> {
    this.#ending = true;
    this.#faults.finish();
    await this.#profiling?.finish();
    await this.#fleet.end();
    await endLeftOvers(this.#directory);
  }

  async #measure(monitor: Monitor, teller: RoundTeller): Promise<RoundOutcome> {
    const { plan, warmupMs, faults, otlp, signal } = this.#settings;
    if (warmupMs > 0 && !signal.aborted) await this.#runSegment(0, warmupMs);
    await this.#startProfiling();
    this.#samples.length = 0;
    const startNs = await this.#start();
    monitor.mark();
    this.#faults.schedule(faults, startNs);
    const outcomes = await this.#runSegment(warmupMs, plan.spanMs, startNs);
    const coordinators = monitor.stop();
    const profiles = (await this.#profiling?.finish()) ?? [];
    this.#profiling = undefined;
    await otlp?.collect(this.#fleet.workers);
    const gauges = await this.#gauges();
    await this.#fleet.finishWorkers();
    const workersLeft = await endLeftOvers(this.#directory);
    if (workersLeft > 0)
      this.#incidents.push(`${workersLeft} processes of the strategy's own ran on after it was closed`);
    const injections = this.#faults.finish();
    const workers = this.#fleet.workers.map(({ plan: { process }, lastProgress }, index) => {
      return { process, outcome: outcomes[index], lastProgress };
    });
    const restarted = injections.findLast(({ fault }) => fault.kind === 'restart-coordinator');
    const findings = await this.#consult(startNs, restarted?.atNs, injections);
    teller.collisions(findings.collisions);
    return {
      claims: this.#claims(),
      workers,
      samples: this.#samples,
      coordinators,
      coordinatorPoints: monitor.series(),
      profiles,
      findings,
      gauges: { ...gauges, forward: { ...gauges.forward, workersLeft } },
      faults: faultResults(injections, { findings, workers, plan, startNs }),
      incidents: this.#incidents,
      coordinatorLost: this.#coordinatorLost,
      interrupted: signal.aborted,
    };
  }

  /**
   * When the measured part starts, by the round's clock: as soon as every worker can have heard of it, or when all copies of the run start.
   * @throws IpcbenchError `TIMEOUT` when that has come too soon: starting later would be another load
   */
  async #start(): Promise<number> {
    const { startAtMs, signal } = this.#settings;
    if (startAtMs === undefined) return this.#clock.nowNs() + leadMs * 1e6;
    const leftMs = (): number => startAtMs - Date.now();
    if (leftMs() < leadMs) {
      const late = ((leadMs - leftMs()) / 1000).toFixed(1);
      throw new IpcbenchError('TIMEOUT', `not ready by --start-at, ${late} s too late: give all copies a later time`);
    }
    // The clock of the day may be set meanwhile: it is read once more shortly before.
    await sleep(leftMs() - leadMs, undefined, { signal }).catch(() => {});
    return this.#clock.nowNs() + (signal.aborted ? leadMs : leftMs()) * 1e6;
  }

  /** Attaching takes some time, and is over when it resolves: none of it is measured. */
  async #startProfiling(): Promise<void> {
    const { profiling, thresholds, signal } = this.#settings;
    if (profiling === undefined || signal.aborted) return;
    this.#profiling = await CoordinatorProfiling.start(sampledOf(this.#fleet.watched()), profiling, thresholds);
  }

  /** From here on, a process that ends is an incident (unless it was ordered), and a lost coordinator ends the round. */
  #watch(coordinators: readonly WatchedCoordinator[]): void {
    for (const { lost, name, pid } of coordinators) {
      void lost.then((text) => {
        if (this.#ending || this.#faults.restarting) return;
        this.#coordinatorLost = true;
        this.#incidents.push(`coordinator ${name} (pid ${pid}) ${text} ${this.#when()}`);
        this.#fleet.stopWorkers();
      });
    }
    for (const worker of this.#fleet.workers) {
      worker.child.listen((message) => {
        if (message.kind !== 'progress') return;
        worker.lastProgress = message;
        this.#samples.push(...message.samples);
      });
    }
  }

  async #runSegment(
    fromMs: number,
    toMs: number,
    startNs = this.#clock.nowNs() + leadMs * 1e6,
  ): Promise<(WorkerOutcome | undefined)[]> {
    const { plan, drainMs, speed, closedConcurrency, chainsCut } = this.#settings;
    const spanMs = (toMs - fromMs) / speed;
    const chainsGoOn = toMs === plan.spanMs && !chainsCut;
    const segment: SegmentStart = { kind: 'segment', startNs, fromMs, toMs, drainMs, chainsGoOn };
    const endless = closedConcurrency !== undefined || (plan.chained && chainsGoOn);
    const withinMs = endless ? endlessMs : leadMs + spanMs + drainMs + handOverMs;
    const timer = setInterval(() => this.#report(startNs, spanMs), reportEveryMs);
    if (closedConcurrency !== undefined) void this.#windDownWhenOver();
    const outcomes = await Promise.all(this.#fleet.workers.map((worker) => this.#runWorker(worker, segment, withinMs)));
    clearInterval(timer);
    return outcomes;
  }

  /** In a closed loop, recorded loops go on beside the others until these have done what they were given. */
  async #windDownWhenOver(): Promise<void> {
    const isOver = ({ kind }: FromWorker): true | undefined =>
      kind === 'lanes-over' || kind === 'outcome' ? true : undefined;
    const { workers } = this.#fleet;
    await Promise.allSettled(workers.map(({ child }) => child.expect(isOver, 'do what it was given', endlessMs)));
    for (const { child } of workers) child.send({ kind: 'wind-down' });
  }

  async #runWorker(worker: WorkerProcess, segment: SegmentStart, withinMs: number): Promise<WorkerOutcome | undefined> {
    const pick = (message: FromWorker): WorkerOutcome | undefined => (message.kind === 'outcome' ? message : undefined);
    const outcome = worker.child.expect(pick, 'hand over what it measured', withinMs);
    worker.child.send(segment);
    if (this.#settings.signal.aborted) worker.child.send({ kind: 'stop' });
    try {
      const handed = await outcome;
      this.#samples.push(...handed.samples);
      return handed;
    } catch (error) {
      if (!this.#faults.struck(worker)) this.#workerLost(worker, error);
      return undefined;
    }
  }

  #workerLost({ child, lastProgress }: WorkerProcess, error: unknown): void {
    const missing =
      lastProgress === undefined
        ? 'all its operations'
        : `the ${lastProgress.sent} operations it had sent by its last sign of life, and all after,`;
    this.#incidents.push(
      `${messageOf(error)} (pid ${child.pid}, ${this.#when()}): ${missing} are missing from the figures`,
    );
  }

  async #consult(
    measuredFromNs: number,
    stateLostAtNs: number | undefined,
    injections: readonly { atNs: number; key: string | undefined }[],
  ): Promise<Findings> {
    const { plan, longHeldMs } = this.#settings;
    const { steward } = this.#fleet;
    const askable = !this.#coordinatorLost && stateLostAtNs === undefined && steward !== undefined;
    return consultOracle({
      directory: this.#directory,
      workers: plan.workers.map(({ process }) => process),
      kinds: plan.kinds,
      partitions: plan.partitions,
      claims: this.#claims(),
      measuredFromNs,
      longHeldNs: longHeldMs * 1e6,
      stateLostAtNs,
      shared: (plan.shard?.unseen ?? 0) > 0,
      entriesAfter: injections.map(({ atNs, key }) => ({ afterNs: atNs, key })),
      readFinals: askable ? readFinalsThrough(steward, (reason) => this.#finalsUnread(reason)) : undefined,
    });
  }

  async #gauges(): Promise<Gauges> {
    const { steward } = this.#fleet;
    return steward === undefined || this.#coordinatorLost ? {} : readGaugesThrough(steward);
  }

  #finalsUnread(reason: string): void {
    this.#incidents.push(`${reason}: updates lost by the last writers of an entry may have gone unseen`);
  }

  #claims(): Claims {
    return this.#loaded.strategy.claims(this.#loaded.options);
  }

  #report(startNs: number, spanMs: number): void {
    const sum = (pick: (progress: WorkerProgress) => number): number =>
      this.#fleet.workers.reduce(
        (total, { lastProgress }) => total + (lastProgress === undefined ? 0 : pick(lastProgress)),
        0,
      );
    this.#onProgress({
      elapsedMs: Math.max((this.#clock.nowNs() - startNs) / 1e6, 0),
      spanMs,
      sent: sum(({ sent }) => sent),
      finished: sum(({ finished }) => finished),
      inFlight: sum(({ inFlight }) => inFlight),
    });
  }

  #when(): string {
    return `${(this.#clock.nowNs() / 1e9).toFixed(1)} s into the round`;
  }
}

/** Why a round could not be run at all: the first cause, in words. */
export function reasonOf(error: unknown): string {
  return isIpcbenchError(error) ? error.message : `unexpected: ${messageOf(error)}`;
}
