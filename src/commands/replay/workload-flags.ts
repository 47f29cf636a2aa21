import { type Command, Option } from 'commander';
import { parseCount, parseFactor } from '../../measure/quantity.js';
import type { ReplayOptions, SubmitDriver, SubmitTarget } from '../../replay/replay.js';
import { faultOfHeaders } from '../../strategies/submit/headers.js';
import { collect, parseShare, positive, reader, wholeFrom } from './value-reader.js';

/** The flags of `replay` for submits and for fan-out cycles. */
export interface WorkloadFlags {
  servers?: number;
  missRate?: number;
  driver?: SubmitDriver;
  target?: string;
  header: string[];
  allowRemote?: boolean;
  payloadScale?: number;
  singleChanges: boolean;
}

export function addWorkloadOptions(command: Command): void {
  command
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
    .addOption(
      new Option(
        '--driver <client>',
        'with --closed, of submits: the client that sends them (default: undici, as in the open loop)',
      ).choices(['undici', 'autocannon']),
    )
    .option('--target <url>', "send submits to an HTTP endpoint of one's own (strategy submit-target)")
    .option(
      '--header <name: value>',
      'with --target: goes with every request; may be repeated, each name once',
      collect,
      [],
    )
    .option('--allow-remote', 'with --target: send load to another machine than this one')
    .option(
      '--payload-scale <factor>',
      "share of the recorded rows that fan-out cycles make, in place of the trace's own",
      reader(parseFactor, positive),
    )
    .option(
      '--no-single-changes',
      'where a strategy is another one with several changes (forward-after, forward-before): do not replay each change by itself',
    );
}

export function workloadOptions(flags: WorkloadFlags) {
  const { servers, missRate, driver, payloadScale } = flags;
  return { servers, missRate, driver, payloadScale, target: targetFrom(flags) } satisfies {
    [K in keyof ReplayOptions]?: ReplayOptions[K] | undefined;
  };
}

/** The target is a strategy like any other; named by itself, it takes its options from the flags too. */
export function withTarget({ strategy, target }: WorkloadFlags & { strategy: string[] }): string[] {
  const names = strategy.some((spec) => spec.split('+').includes(targetStrategy));
  return target === undefined || names ? strategy : [...strategy, targetStrategy];
}

const targetStrategy = 'submit-target';

function targetFrom({ target, header, allowRemote }: WorkloadFlags): SubmitTarget | undefined {
  if (target === undefined) return undefined;
  return { url: target, headers: Object.fromEntries(header.map(namedHeader)), allowRemote: allowRemote ?? false };
}

function namedHeader(text: string): [name: string, value: string] {
  const colon = text.indexOf(':');
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
}

/** What is wrong with the headers, if anything is; their values are never told. */
function headerFaults(header: readonly string[]): string[] {
  if (header.some((text) => !text.includes(':'))) return ['--header expects "name: value"'];
  const named = header.map(namedHeader);
  const names = named.map(([name]) => name.toLowerCase());
  const twice = named.find(([name], index) => names.indexOf(name.toLowerCase()) !== index);
  const fault = faultOfHeaders(Object.fromEntries(named));
  return [
    ...(twice === undefined ? [] : [`--header ${twice[0]} is given twice: one of them would be lost, so write one`]),
    ...(fault === undefined ? [] : [`--header: ${fault}`]),
  ];
}

/** What does not go together with `--target`, or without it. */
export function workloadContradictions(flags: WorkloadFlags & { closed?: boolean }): [boolean, string][] {
  const { target, header, allowRemote, driver, closed } = flags;
  return [
    [driver !== undefined && closed !== true, '--driver needs --closed: open loops are sent by undici'],
    [
      target === undefined && (header.length > 0 || allowRemote === true),
      '--header and --allow-remote need --target <url>',
    ],
    ...headerFaults(header).map((fault): [boolean, string] => [true, fault]),
  ];
}
