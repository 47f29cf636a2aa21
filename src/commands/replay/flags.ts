import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CommandContext } from '../../context.js';
import { IpcbenchError } from '../../errors.js';
import { parseCount, parseDurationMs, parseFactor, parseRatePerSecond } from '../../measure/quantity.js';
import type { ReplayOptions, SubmitTarget } from '../../replay/replay.js';
import { parseConditions } from '../../report/condition.js';
import type { GateConfig } from '../../report/config.js';
import { type GateFlags, gateFrom } from '../../report/gated-comparison.js';
import { type Format, formats, type Outputs } from '../../report/output.js';
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

/** What the command line gives, parsed by one declaration: flags, types, defaults and help cannot drift apart. */
export interface ReplayFlags extends Outputs, GateFlags, ClinicFlags, ObservingFlags, ShardFlags {
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
  servers?: number;
  missRate?: number;
  target?: string;
  header: string[];
  allowRemote?: boolean;
  payloadScale?: number;
  singleChanges: boolean;
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
      'what the others are compared with (default: single-manager if it runs, else the first)',
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
      'how long operations may go on after the last due time (default 15s)',
      reader(parseDurationMs),
    )
    .option('--work-scale <factor>', 'factor on all waits and computing in the trace', reader(parseFactor))
    .option(
      '--servers <n>',
      'server processes of submit strategies, where their options do not say',
      reader(parseCount, wholeFrom(1)),
    )
    .option(
      '--miss-rate <share>',
      'share of submits whose row is missing in the replica, such as 30% (default: as recorded)',
      parseShare,
    )
    .option('--target <url>', "send submits to an HTTP endpoint of one's own (strategy submit-target)")
    .option('--header <name: value>', 'with --target: goes with every request; may be repeated', collect, [])
    .option('--allow-remote', 'with --target: send load to another machine than this one')
    .option(
      '--payload-scale <factor>',
      "share of the recorded rows that fan-out cycles make, in place of the trace's own",
      reader(parseFactor, positive),
    )
    .option(
      '--no-single-changes',
      'where a strategy is another one with several changes (forward-after, forward-before): do not replay each change by itself',
    )
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
      servers: flags.servers,
      missRate: flags.missRate,
      target: targetFrom(flags),
      payloadScale: flags.payloadScale,
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
    baseline: flags.baseline,
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

/** The target is a strategy like any other; named by itself, it takes its options from the flags too. */
function withTarget({ strategy, target }: ReplayFlags): string[] {
  const names = strategy.some((spec) => spec.split('+').includes(targetStrategy));
  return target === undefined || names ? strategy : [...strategy, targetStrategy];
}

const targetStrategy = 'submit-target';

function targetFrom({ target, header, allowRemote }: ReplayFlags): SubmitTarget | undefined {
  if (target === undefined) return undefined;
  const pairs = header.map((text) => [
    text.slice(0, text.indexOf(':')).trim(),
    text.slice(text.indexOf(':') + 1).trim(),
  ]);
  return { url: target, headers: Object.fromEntries(pairs), allowRemote: allowRemote ?? false };
}

const headerForm = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n]*$/;

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
    [
      flags.target === undefined && (flags.header.length > 0 || flags.allowRemote === true),
      '--header and --allow-remote need --target <url>',
    ],
    [!flags.header.every((header) => headerForm.test(header)), '--header expects "name: value"'],
    [flags.strict === true && flags.against.length === 0, '--strict judges a comparison: it needs --against <report>'],
  ];
  return [...rules, ...clinicContradictions(traces, flags), ...observingContradictions(flags)]
    .filter(([broken]) => broken)
    .map(([, text]) => text);
}

function writesFiles({ report, html, markdown, hlog, hgrm }: Outputs): boolean {
  return [report, html, markdown, hlog, hgrm].some((path) => path !== undefined);
}

function defined<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value];
}

type Rule = (value: number) => string | undefined;

const notNegative: Rule = (value) => (value >= 0 ? undefined : 'it must not be below 0');

const positive: Rule = (value) => (value > 0 ? undefined : 'it must be above 0');

function wholeFrom(least: number): Rule {
  return (value) =>
    Number.isInteger(value) && value >= least ? undefined : `it must be a whole number of at least ${least}`;
}

/** `30%` or `0.3`. */
function parseShare(text: string): number {
  const percent = /^(.+)%$/.exec(text)?.[1];
  const value = percent === undefined ? parseCount(text) : (parseCount(percent) ?? Number.NaN) / 100;
  if (value === undefined || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('expected a share from 0% to 100%, such as 30%');
  return value;
}

function parsePercent(text: string): number | undefined {
  return parseCount(text.replace(/%$/, ''));
}

/** An option's reader for commander, which tells what was wrong in one line. */
function reader(parse: (text: string) => number | undefined, rule: Rule = notNegative): (text: string) => number {
  return (text) => {
    const value = parse(text);
    if (value === undefined) throw new InvalidArgumentError('expected a number such as 10, 2.5s, 250ms or 10k');
    const fault = rule(value);
    if (fault !== undefined) throw new InvalidArgumentError(fault);
    return value;
  };
}
