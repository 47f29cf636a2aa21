import { type Command, InvalidArgumentError } from 'commander';
import type { ReplayOptions } from '../../replay/replay.js';

/** What is to be seen of a run beside its figures. */
export interface ObservingFlags {
  profile?: boolean;
  cpu?: boolean;
  otlp?: string;
}

export function addObservingOptions(command: Command): void {
  command
    .option('--profile', 'profile each coordinator while it is measured: threads, run-queue wait, memory, sockets')
    .option(
      '--cpu',
      'with --profile: their CPU profiles too, which costs them some time (py-spy or perf for others than node)',
    )
    .option(
      '--otlp <endpoint>',
      'export spans and metrics to an OTLP receiver over HTTP, such as http://localhost:4318',
      readEndpoint,
    );
}

export function observingContradictions({
  profile,
  cpu,
  clinic,
}: ObservingFlags & { clinic?: string }): [broken: boolean, text: string][] {
  return [
    [cpu === true && profile !== true, '--cpu needs --profile: it profiles the coordinators'],
    [cpu === true && clinic !== undefined, '--cpu and --clinic would both look into the coordinators: give one'],
  ];
}

export function observingOptions({ profile, cpu, otlp }: ObservingFlags): Pick<ReplayOptions, 'profiling' | 'otlp'> {
  return {
    ...(profile === true ? { profiling: { cpu: cpu === true } } : {}),
    ...(otlp === undefined ? {} : { otlp }),
  };
}

function readEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text;
  throw new InvalidArgumentError(
    'expected a base address such as http://localhost:4318; /v1/traces and /v1/metrics are added',
  );
}
