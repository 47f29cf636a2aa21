import { cpus } from 'node:os';
import { IpcbenchError } from '../errors.js';
import type { MeasuredPart, MeasuredResult, RoundResult, RunWarning, StrategyResult } from '../measure/result.js';
import type { CoordinatorRecorder } from '../monitor/clinic/coordinator-recorder.js';
import { hostState } from '../monitor/host.js';
import { defaultThresholds, type Thresholds } from '../monitor/monitor.js';
import { type LoadedStrategy, loadStrategy, withoutPasswords } from '../strategies/index.js';
import type { OptionSpec } from '../strategies/strategy.js';
import { openTelemetry } from '../telemetry/telemetry.js';
import { aggregate, seriesOf } from './aggregate.js';
import { calibrateComputation } from './computation.js';
import { parseFault } from './fault.js';
import { compareCycles } from './forward/cycle-agreement.js';
import { type Joined, joinCoordinators } from './join.js';
import { OtlpTarget } from './otlp.js';
import { makePlan, type Plan } from './plan.js';
import { type ProfilingRequest, profilesOf, profilingWarnings } from './profiling.js';
import { fitting, refuseContradictions, refuseImpossibleLoad, refusePointlessScale } from './refusal.js';
import { newRun, type ReplayRun } from './replay-run.js';
import { type RoundOutcome, type RoundProgress, reasonOf, runRound } from './round.js';
import type { RoundSettings } from './round-settings.js';
import { createRunDirectory } from './run-directory.js';
import { orderOfRound } from './schedule.js';
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

const defaults = { drainMs: 15_000, longHeldMs: 1_000 };

/** One strategy of the run and what its rounds left behind. */
interface Entry {
  loaded: LoadedStrategy;
  unavailable: string | undefined;
  rounds: RoundOutcome[];
  /** What each round gave by itself, and what all of them give together: added up once. */
  parts: MeasuredPart[];
  total: MeasuredPart | undefined;
  failure: string | undefined;
}

/**
 * Replays a trace on each strategy: real processes, the recorded schedule, interleaved rounds.
 * @throws IpcbenchError before anything is started: `BAD_TRACE`, `BAD_OPTION`, `UNKNOWN_STRATEGY`, `BAD_STRATEGY`, `FILE`, and
 * `UNAVAILABLE` where `otlp` is given and OpenTelemetry's SDK is not installed
 */
export async function replay(options: ReplayOptions): Promise<ReplayRun> {
  refuseContradictions(options);
  const entries = await loadEntries(options);
  const joined = await joinedBy(options, entries);
  const otlp = options.otlp === undefined ? undefined : await OtlpTarget.open(options.otlp);
  const runDirectory = createRunDirectory();
  try {
    const plan = await makePlan({
      trace: options.trace,
      directory: runDirectory.make('plan'),
      workers: options.workers,
      only: options.only ?? [],
      durationMs: options.durationMs,
      skipInvalid: options.skipInvalid ?? false,
      shard: options.shard,
      onProgress: (operations) => options.onProgress?.({ stage: 'reading', operations }),
    });
    options.onTrace?.(plan.kinds);
    const fit = await fitting(entries, plan.capabilities, options.optional ?? []);
    const settings = settingsOf(options, plan, runDirectory, { joined, otlp });
    const run = newRun(options, plan, settings);
    run.warnings = warningsOf(settings);
    await runRounds(fit, settings, run, options);
    await otlp?.close();
    run.warnings = warningsOf(settings);
    return run;
  } finally {
    await otlp?.close();
    runDirectory.remove();
  }
}

async function joinedBy(
  { join = [], secretFile }: ReplayOptions,
  entries: readonly Entry[],
): Promise<Joined | undefined> {
  const [entry] = entries;
  return join.length === 0 || entry === undefined ? undefined : joinCoordinators(join, secretFile, entry.loaded);
}

async function loadEntries({ strategies, servers, target }: ReplayOptions): Promise<Entry[]> {
  const headers =
    target === undefined || Object.keys(target.headers).length === 0 ? '' : JSON.stringify(target.headers);
  const endpoint = target === undefined ? {} : { endpoint: target.url, headers, 'allow-remote': target.allowRemote };
  const loaded = await Promise.all(
    [...new Set(strategies)].map((spec) => loadStrategy(spec, process.cwd(), { servers, ...endpoint })),
  );
  return Promise.all(
    loaded.map(async (one) => {
      const unavailable = await one.strategy.unavailable?.(one.options);
      return { loaded: one, unavailable, rounds: [], parts: [], total: undefined, failure: undefined };
    }),
  );
}

async function runRounds(
  entries: readonly Entry[],
  settings: RoundSettings,
  run: ReplayRun,
  options: ReplayOptions,
): Promise<void> {
  const before = run.host;
  for (let round = 0; round < run.rounds; round++) {
    for (const entry of orderOfRound(entries, round)) {
      if (settings.signal.aborted) break;
      if (entry.unavailable === undefined && entry.failure === undefined) {
        await runEntry(entry, `${round}-${entries.indexOf(entry)}`, round, settings, run, options);
      }
      run.host = hostState(before);
      run.warnings = warningsOf(settings);
      run.results = resultsOf(entries, settings, run);
      await options.onResults?.(run);
    }
  }
  run.results = resultsOf(entries, settings, run);
  run.interrupted = settings.signal.aborted;
}

async function runEntry(
  entry: Entry,
  folder: string,
  round: number,
  settings: RoundSettings,
  run: ReplayRun,
  options: ReplayOptions,
): Promise<void> {
  const { label } = entry.loaded;
  const at = { label, round: round + 1, rounds: run.rounds };
  options.onProgress?.({ stage: 'starting', ...at });
  const told = openTelemetry()?.startRound(label, at.round);
  try {
    const outcome = await runRound(entry.loaded, folder, settings, (progress) =>
      options.onProgress?.({ stage: 'running', ...at, ...progress }),
    );
    entry.rounds.push(outcome);
    entry.parts.push(aggregate([outcome], settings.plan));
    entry.total = entry.parts.length === 1 ? entry.parts[0] : aggregate(entry.rounds, settings.plan);
    if (outcome.coordinatorLost && outcome.workers.every(({ outcome: one }) => one === undefined))
      entry.failure = outcome.incidents[0];
    told?.();
  } catch (error) {
    entry.failure = reasonOf(error);
    told?.(error);
  }
}

/** What there is so far; fan-out cycles of several strategies are held against each other. */
function resultsOf(entries: readonly Entry[], settings: RoundSettings, run: ReplayRun): StrategyResult[] {
  return compareCycles(entries.flatMap((one) => resultOf(one, settings, run)));
}

/** Nothing as long as a strategy has not had its first round. */
function resultOf(
  { loaded, unavailable, rounds, parts, total, failure }: Entry,
  settings: RoundSettings,
  run: ReplayRun,
): StrategyResult[] {
  const { signal, recorder } = settings;
  const { strategy, options, label } = loaded;
  const told = Object.entries(options).map(([name, value]) => [name, shown(value, strategy.options[name])]);
  const identity = {
    strategy: strategy.name,
    label,
    options: Object.fromEntries(told),
    claims: strategy.claims(options),
  };
  if (unavailable !== undefined) return [{ ...identity, state: 'unavailable', reason: unavailable }];
  if (total === undefined) return failure === undefined ? [] : [{ ...identity, state: 'failed', reason: failure }];
  const incidents = rounds.flatMap((round) => round.incidents);
  if (failure !== undefined && !incidents.includes(failure)) incidents.push(failure);
  if (rounds.some(({ interrupted }) => interrupted)) incidents.push('interrupted');
  else if (rounds.length < run.rounds && failure === undefined && signal.aborted)
    incidents.push('interrupted before its last round');
  const first = rounds[0];
  const slowedBy = recorder?.slowed(label);
  const measured: MeasuredResult = {
    ...identity,
    ...total,
    state: incidents.length === 0 ? 'complete' : 'partial',
    ...(incidents.length === 0 ? {} : { reason: incidents.join('; ') }),
    ...(slowedBy === undefined ? {} : { slowedBy }),
    faults: rounds.flatMap((round) => round.faults),
    workload: total.workload ?? {},
    rounds: parts.map((part, index): RoundResult => {
      return { ...part, round: index + 1, incidents: rounds[index]?.incidents ?? [] };
    }),
    series: first === undefined ? [] : seriesOf(first.samples, first.coordinatorPoints),
    ...(settings.profiling === undefined ? {} : { profiles: profilesOf(rounds) }),
  };
  return [measured];
}

function warningsOf({ otlp, profiling }: RoundSettings): RunWarning[] {
  return [...profilingWarnings(profiling), ...(otlp?.warnings() ?? [])];
}

function shown(value: string | number | boolean, spec: OptionSpec | undefined): string | number | boolean {
  if (spec?.type === 'text' && spec.secret === true && value !== '') return '***';
  return typeof value === 'string' ? withoutPasswords(value) : value;
}

function settingsOf(
  options: ReplayOptions,
  plan: Plan,
  runDirectory: RoundSettings['runDirectory'],
  { joined, otlp }: Pick<RoundSettings, 'joined' | 'otlp'>,
): RoundSettings {
  const { warmupMs = 0 } = options;
  if (warmupMs >= plan.spanMs) {
    throw new IpcbenchError(
      'BAD_OPTION',
      `--warmup ${warmupMs} ms leaves nothing to measure: the trace spans ${plan.spanMs} ms`,
    );
  }
  refuseImpossibleLoad(options, plan);
  refusePointlessScale(options.payloadScale, plan);
  const recordedPerSecond = (plan.openOperationsOfAll * 1000) / plan.spanMs;
  return {
    plan,
    runDirectory,
    speed: options.ratePerSecond === undefined ? (options.speed ?? 1) : options.ratePerSecond / recordedPerSecond,
    workScale: options.workScale ?? 1,
    payloadScale: options.payloadScale,
    computeUnitsPerMs: calibrateComputation(),
    warmupMs,
    drainMs: options.drainMs ?? defaults.drainMs,
    chainsCut: options.durationMs !== undefined,
    closedConcurrency: options.closedConcurrency,
    missRate: options.missRate,
    cores: options.pin === true ? coresOf(cpus().length) : undefined,
    longHeldMs: options.longHeldMs ?? defaults.longHeldMs,
    thresholds: options.thresholds ?? defaultThresholds,
    faults: (options.faults ?? []).map(parseFault),
    recorder: options.recorder,
    joined,
    startAtMs: options.startAtMs,
    otlp,
    profiling: options.profiling,
    signal: options.signal ?? new AbortController().signal,
  };
}

/** The coordinator keeps a core for itself where there is more than one. */
function coresOf(count: number): NonNullable<RoundSettings['cores']> {
  if (count < 2) return { coordinators: [0], workers: [0] };
  return { coordinators: [0], workers: Array.from({ length: count - 1 }, (_, index) => index + 1) };
}
