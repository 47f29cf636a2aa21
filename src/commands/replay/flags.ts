import { type Command, Option } from 'commander';
import type { CommandContext } from '../../context.js';
import { IpcbenchError } from '../../errors.js';
import { parseCount, parseDurationMs, parseFactor, parseRatePerSecond } from '../../measure/quantity.js';
import type { ReplayOptions } from '../../replay/replay.js';
import { parseConditions } from '../../report/condition.js';
import type { GateConfig } from '../../report/config.js';
import { type GateFlags, gateFrom } from '../../report/gated-comparison.js';
import { type Format, formats, type Outputs } from '../../report/output.js';
import { withoutPasswords } from '../../strategies/index.js';
import { preferredBaselines } from './baseline.js';
import {
  addClinicOptions,
  type ClinicFlags,
  type ClinicRequest,
  clinicContradictions,
  clinicRequest,
} from './clinic-flags.js';
import {
  addObservingOptions,
  type ObservingFlags,
  observingContradictions,
  observingOptions,
} from './observing-flags.js';
import { addShardOptions, readShardFlags, type ShardFlags, shardContradictions } from './shard-flags.js';
import { parseSweep, type SweepRequest } from './sweep.js';
import { collect, parsePercent, positive, reader, wholeFrom } from './value-reader.js';
import {
  addWorkloadOptions,
  type WorkloadFlags,
  withTarget,
  workloadContradictions,
  workloadOptions,
} from './workload-flags.js';

/** What the command line gives, parsed by one declaration: flags, types, defaults and help cannot drift apart. */
export interface ReplayFlags extends Outputs, GateFlags, ClinicFlags, ObservingFlags, ShardFlags, WorkloadFlags {
  strategy: string[];
  baseline?: string;
  speed?: number;
  rate?: number;
  closed?: boolean;
  concurrency?: number;
  workers?: number;
  only: string[];
  rounds: number;
  warmup?: number;
  duration?: number;
  drain?: number;
  workScale?: number;
  pin?: boolean;
  longHeld?: number;
  overloaded: number;
  severe: number;
  skipInvalid?: boolean;
  fault: string[];
  sweep?: string;
  against: string[];
  details?: boolean;
  dryRun?: boolean;
  format: Format;
}

/** A replay as asked for, checked as far as it can be without reading anything. */
export interface ReplayRequest {
  traces: string[];
  /** Everything but the trace and the strategies' full names. */
  options: Omit<ReplayOptions, 'trace' | 'strategies'>;
  strategies: string[];
  /** Whether each change between two of them is replayed by itself as well. */
  singleChanges: boolean;
  baseline: string | undefined;
  outputs: Outputs;
  gate: GateConfig;
  /** Reports to compare the new one with. */
  against: string[];
  sweep: SweepRequest | undefined;
  clinic: ClinicRequest | undefined;
  details: boolean;
  dryRun: boolean;
  format: Format;
  /** As typed, for the report. */
  given: Record<string, unknown>;
}

/** Those of them that can replay the trace. */
const defaultStrategies = [
  'none',
  'single-manager',
  'multi-manager',
  'lock-pool',
  'submit-scan',
  'submit-index',
  'forward-before',
  'forward-after',
];

export function addReplayOptions(command: Command): void {
  command
    .option(
      '-s, --strategy <spec>',
      'name, name:option=value,…, path of a module, or all; may be repeated',
      collect,
      [],
    )
    .option(
      '--baseline <label>',
      `what the others are compared with (default: the first of ${preferredBaselines.join(', ')} that runs, else the first)`,
    )
    .option(
      '--speed <factor>',
      'how many times as fast as recorded operations become due',
      reader(parseFactor, positive),
    )
    .option('--rate <n/s>', 'instead of --speed: operations due per second', reader(parseRatePerSecond, positive))
    .option('--closed', 'closed loop: a fixed number in flight, as fast as possible, instead of the recorded times')
    .option('--concurrency <n>', 'operations in flight with --closed', reader(parseCount, wholeFrom(1)))
    .option('--workers <n>', 'worker processes (default: one per recorded process)', reader(parseCount, wholeFrom(1)))
    .option('--only <operation>', 'replay only this kind of operation; may be repeated', collect, [])
    .option(
      '--rounds <n>',
      'times each strategy runs, interleaved, on fresh processes',
      reader(parseCount, wholeFrom(1)),
      1,
    )
    .option('--warmup <time>', 'replay so much of the beginning, drain it and leave it out', reader(parseDurationMs))
    .option(
      '--duration <time>',
      'replay only what is due before this time of the trace',
      reader(parseDurationMs, positive),
    )
    .option(
      '--drain <time>',
      'how long operations may go on after the last due time (default 15s, or longer where a step of the trace may take longer)',
      reader(parseDurationMs),
    )
    .option('--work-scale <factor>', 'factor on all waits and computing in the trace', reader(parseFactor))
    .option('--pin', 'keep coordinators on core 0 and workers on the others')
    .option('--long-held <time>', 'report locks held for longer (default 1s)', reader(parseDurationMs))
    .option('--overloaded <percent>', 'CPU of a core from which a coordinator is overloaded', reader(parsePercent), 50)
    .option('--severe <percent>', 'CPU of a core from which it is severely bottlenecked', reader(parsePercent), 80)
    .option(
      '--fault <kind@time>',
      'make it go wrong: kill-holder@5s, kill-worker@5s, pause-worker:3s@5s, restart-coordinator@5s, kill-pool-worker@5s',
      collect,
      [],
    )
    .option(
      '--sweep <what=values>',
      'try one option at several values: lock-pool:size=16..1024, or trace:accounts=50,100,200',
    )
    .option('--skip-invalid', 'leave out bad lines of the trace, counted, instead of refusing it')
    .option('--report <file>', 'write the report as JSON, anew after each round')
    .option('--html <file>', 'write one self-contained page')
    .option('--markdown <file>', 'write Markdown, fit for a pull-request comment')
    .option('--hlog <file>', 'write all rounds as an HdrHistogram interval log')
    .option('--hgrm <folder>', 'write HdrHistogram percentile distributions')
    .addOption(new Option('--format <format>', 'what standard output gets').choices(formats).default('table'))
    .option('--details', 'with the table: costs, coordinators, who waited for whom, long-held locks, noise')
    .option(
      '--against <report>',
      'compare with this earlier report, and exit 1 when something is worse; may be repeated',
      collect,
      [],
    )
    .option('--config <file>', 'conditions and switches (default: ipcbench.config.json, where there is one)')
    .option('--fail-on <condition>', "exit 1 when it is true, such as 'p99>200ms'; may be repeated", collect, [])
    .option('--strict', 'with --against: exit 4 when the comparison is inconclusive')
    .option('--require-safe', 'exit 1 when a strategy broke what it claims, 4 when that could not be told')
    .option('--dry-run', 'check everything, say what would run, and start nothing');
  addWorkloadOptions(command);
  addClinicOptions(command);
  addShardOptions(command);
  addObservingOptions(command);
}

/** @throws IpcbenchError `USAGE` with all contradictions at once, `BAD_CONDITION` */
export function readFlags(traces: string[], flags: ReplayFlags, env: CommandContext['env']): ReplayRequest {
  const faults = [...contradictions(traces, flags), ...shardContradictions(flags, traces)];
  if (faults.length > 0) throw new IpcbenchError('USAGE', faults.join('; '));
  const gate = gateFrom(flags, env);
  parseConditions(gate.failOn);
  const named = withTarget(flags);
  const optional = named.length === 0 && flags.sweep === undefined ? defaultStrategies : [];
  const { speed, rate, workers, warmup, duration, drain, workScale, longHeld } = flags;
  return {
    traces,
    options: defined({
      ...observingOptions(flags),
      ...workloadOptions(flags),
      speed,
      ratePerSecond: rate,
      closedConcurrency: flags.closed === true ? flags.concurrency : undefined,
      workers,
      only: flags.only,
      rounds: flags.rounds,
      warmupMs: warmup,
      durationMs: duration,
      drainMs: drain,
      workScale,
      pin: flags.pin,
      longHeldMs: longHeld,
      thresholds: { overloadedPercent: flags.overloaded, severePercent: flags.severe },
      faults: flags.fault,
      skipInvalid: flags.skipInvalid,
      optional,
      ...readShardFlags(flags),
    }),
    strategies: optional.length > 0 ? optional : named,
    singleChanges: flags.singleChanges,
    // As labels are.
    baseline: flags.baseline === undefined ? undefined : withoutPasswords(flags.baseline),
    outputs: flags,
    gate,
    against: flags.against,
    sweep: flags.sweep === undefined ? undefined : parseSweep(flags.sweep),
    clinic: clinicRequest(flags),
    details: flags.details ?? false,
    dryRun: flags.dryRun ?? false,
    format: flags.format,
    given: { ...flags, header: flags.header.map((header) => `${header.split(':')[0]}: ***`), traces },
  };
}

function contradictions(traces: readonly string[], flags: ReplayFlags): string[] {
  const { closed, concurrency, speed, rate } = flags;
  const rules: [boolean, string][] = [
    [speed !== undefined && rate !== undefined, '--speed and --rate contradict each other: give one'],
    [closed === true && concurrency === undefined, '--closed needs --concurrency <n>'],
    [
      closed !== true && concurrency !== undefined,
      '--concurrency needs --closed; an open loop starts operations when they are due',
    ],
    [
      closed === true && (speed !== undefined || rate !== undefined),
      '--closed runs as fast as it can: leave out --speed and --rate',
    ],
    [flags.overloaded > flags.severe, `--overloaded ${flags.overloaded} is above --severe ${flags.severe}`],
    [
      flags.fault.length > 0 && flags.warmup !== undefined,
      '--fault and --warmup do not go together: operations lost are counted over the whole trace',
    ],
    [
      flags.sweep?.startsWith('trace:') === true && flags.strategy.length !== 1,
      '--sweep trace:… needs exactly one --strategy',
    ],
    [
      flags.sweep !== undefined && flags.against.length > 0,
      '--sweep tries values, --against compares runs: they do not go together',
    ],
    [
      traces.length > 1 && writesFiles(flags),
      'several traces make several reports: replay them one by one to write files',
    ],
    [flags.strict === true && flags.against.length === 0, '--strict judges a comparison: it needs --against <report>'],
  ];
  return [
    ...rules,
    ...clinicContradictions(traces, flags),
    ...observingContradictions(flags),
    ...workloadContradictions(flags),
  ]
    .filter(([broken]) => broken)
    .map(([, text]) => text);
}

function writesFiles({ report, html, markdown, hlog, hgrm }: Outputs): boolean {
  return [report, html, markdown, hlog, hgrm].some((path) => path !== undefined);
}

function defined<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
