import { cpus } from 'node:os';
import { IpcbenchError } from '../errors.js';
import { defaultThresholds } from '../monitor/monitor.js';
import { calibrateComputation } from './computation.js';
import { parseFault } from './fault.js';
import type { Plan } from './plan.js';
import { refuseImpossibleLoad, refuseWithoutCycles } from './refusal.js';
import type { ReplayOptions } from './replay-options.js';
import type { RoundSettings } from './round-settings.js';

const defaults = { drainMs: 15_000, longHeldMs: 1_000 };

/** What all rounds have in common, from what was asked for and what the trace allows. @throws IpcbenchError `BAD_OPTION` */
export function settingsOf(
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
  refuseWithoutCycles(options, plan.capabilities);
  const recordedPerSecond = (plan.openOperationsOfAll * 1000) / plan.spanMs;
  return {
    plan,
    runDirectory,
    speed: options.ratePerSecond === undefined ? (options.speed ?? 1) : options.ratePerSecond / recordedPerSecond,
    workScale: options.workScale ?? 1,
    payloadScale: options.payloadScale,
    computeUnitsPerMs: calibrateComputation(),
    warmupMs,
    drainMs: options.drainMs ?? Math.max(defaults.drainMs, plan.patienceMs),
    chainsCut: options.durationMs !== undefined,
    closedConcurrency: options.closedConcurrency,
    driver: options.driver ?? 'undici',
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
