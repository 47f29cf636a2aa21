import { setTimeout as sleep } from 'node:timers/promises';
import { IpcbenchError, isIpcbenchError, messageOf } from '../errors.js';
import type { Claims } from '../measure/claims.js';
import { type Clock, clockFrom, monotonicNs } from '../measure/clock.js';
import type { CoordinatorUsage, FaultResult } from '../measure/result.js';
import { type Monitor, type MonitorPoint, startMonitor } from '../monitor/monitor.js';
import { claimsOf, type LoadedStrategy } from '../strategies/index.js';
import { FaultInjector } from './fault-injector.js';
import { faultResults } from './fault-result.js';
import { Fleet, sampledOf, type WatchedCoordinator } from './fleet.js';
import { endLeftOvers } from './forward/left-over.js';
import type { Gauges, SecondSample, WorkerOutcome, WorkerProgress } from './messages.js';
import { consultOracle, type Findings } from './oracle.js';
import { CoordinatorProfiling, type RoundProfile } from './profiling.js';
import { RoundIncidents } from './round-incidents.js';
import type { RoundSettings } from './round-settings.js';
import { type RoundTeller, tellRound } from './round-telemetry.js';
import { leadMs, type RoundProgress, SegmentRunner } from './segment-runner.js';
import { readFinalsThrough, readGaugesThrough } from './steward-client.js';

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
  /** Processes that ran on and had to be ended, in words: the figures are whole all the same. */
  leftBehind: string[];
  /** Whether a coordinator was lost: then there is no telling what the strategy would have done. */
  coordinatorLost: boolean;
  interrupted: boolean;
}

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
  readonly #fleet: Fleet;
  readonly #faults: FaultInjector;
  readonly #clock: Clock = clockFrom(monotonicNs());
  readonly #samples: SecondSample[] = [];
  readonly #incidents = new RoundIncidents(this.#clock);
  readonly #segments: SegmentRunner;
  #profiling: CoordinatorProfiling | undefined;

  constructor(
    loaded: LoadedStrategy,
    settings: RoundSettings,
    directory: string,
    onProgress: (progress: RoundProgress) => void,
  ) {
    this.#loaded = loaded;
    this.#settings = settings;
    this.#directory = directory;
    this.#fleet = new Fleet(loaded, settings, directory);
    this.#faults = new FaultInjector(this.#fleet, this.#clock, directory);
    this.#segments = new SegmentRunner(this.#fleet, settings, this.#clock, {
      onProgress,
      onWorkerLost: (worker, error) => {
        if (!this.#faults.struck(worker)) this.#incidents.workerLost(worker, error);
      },
    });
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
    this.#incidents.finish();
    this.#faults.finish();
    await this.#profiling?.finish();
    await this.#fleet.end();
    await endLeftOvers(this.#directory);
  }

  async #measure(monitor: Monitor, teller: RoundTeller): Promise<RoundOutcome> {
    const { plan, warmupMs, faults, otlp, signal } = this.#settings;
    if (warmupMs > 0 && !signal.aborted) await this.#segments.run(0, warmupMs);
    await this.#startProfiling();
    this.#samples.length = 0;
    const startNs = await this.#start();
    monitor.mark();
    this.#faults.schedule(faults, startNs);
    const outcomes = await this.#segments.run(warmupMs, plan.spanMs, startNs);
    this.#noteStalls(outcomes);
    for (const outcome of outcomes) this.#samples.push(...(outcome?.samples ?? []));
    const coordinators = monitor.stop();
    const profiles = (await this.#profiling?.finish()) ?? [];
    this.#profiling = undefined;
    await otlp?.collect(this.#fleet.workers);
    const gauges = await this.#gauges();
    await this.#fleet.finishWorkers();
    const workersLeft = await endLeftOvers(this.#directory);
    this.#incidents.workersLeft(workersLeft);
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
      gauges: plan.capabilities.includes('fan-out') ? { ...gauges, forward: { workersLeft } } : gauges,
      faults: faultResults(injections, { findings, workers, plan, startNs }),
      incidents: this.#incidents.texts,
      leftBehind: this.#incidents.leftBehind,
      coordinatorLost: this.#incidents.coordinatorLost,
      interrupted: signal.aborted,
    };
  }

  #noteStalls(outcomes: readonly (WorkerOutcome | undefined)[]): void {
    const { plan, drainMs } = this.#settings;
    for (const [index, { process }] of plan.workers.entries()) {
      const { stalled = false, givenUp = 0 } = outcomes[index] ?? {};
      if (stalled) this.#incidents.workerStalled(process, givenUp, drainMs);
    }
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

  /** From here on a lost coordinator ends the round, and what workers tell is kept. */
  #watch(coordinators: readonly WatchedCoordinator[]): void {
    this.#incidents.watch(
      coordinators,
      () => this.#faults.restarting,
      () => this.#fleet.stopWorkers(),
    );
    for (const worker of this.#fleet.workers) {
      worker.child.listen((message) => {
        if (message.kind !== 'progress') return;
        worker.lastProgress = message;
        this.#samples.push(...message.samples);
      });
    }
  }

  async #consult(
    measuredFromNs: number,
    stateLostAtNs: number | undefined,
    injections: readonly { atNs: number; key: string | undefined }[],
  ): Promise<Findings> {
    const { plan, longHeldMs } = this.#settings;
    const { steward } = this.#fleet;
    const askable = !this.#incidents.coordinatorLost && stateLostAtNs === undefined && steward !== undefined;
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
      readFinals: askable ? readFinalsThrough(steward, (reason) => this.#incidents.finalsUnread(reason)) : undefined,
    });
  }

  async #gauges(): Promise<Gauges> {
    const { steward } = this.#fleet;
    const asked = this.#settings.plan.capabilities.includes('submit') && !this.#incidents.coordinatorLost;
    return asked && steward !== undefined ? readGaugesThrough(steward) : {};
  }

  #claims(): Claims {
    return claimsOf(this.#loaded.strategy, this.#loaded.options);
  }
}

/** Why a round could not be run at all: the first cause, in words. */
export function reasonOf(error: unknown): string {
  return isIpcbenchError(error) ? error.message : `unexpected: ${messageOf(error)}`;
}
