import { type Command, Option } from 'commander';
import { type ClinicToolName, clinicToolNames } from '../../monitor/clinic/tool.js';

/** The flags of `replay` that put one of clinic's tools into the coordinators. */
export interface ClinicFlags {
  clinic?: ClinicToolName;
  clinicOut?: string;
  clinicKeep?: boolean;
}

export interface ClinicRequest {
  tool: ClinicToolName;
  /** Folder for the pages. */
  out: string;
  /** Whether what was recorded stays there too. */
  keep: boolean;
}

/** Where clinic's pages go unless told otherwise. */
export const defaultClinicFolder = 'ipcbench-clinic';

export function addClinicOptions(command: Command): void {
  command
    .addOption(
      new Option(
        '--clinic <tool>',
        "run one of clinic's tools inside each Node coordinator, and write its page",
      ).choices(clinicToolNames),
    )
    .option('--clinic-out <folder>', `with --clinic: where pages go (default: ${defaultClinicFolder})`)
    .option('--clinic-keep', 'with --clinic: keep what was recorded beside the pages');
}

export function clinicRequest({ clinic, clinicOut, clinicKeep }: ClinicFlags): ClinicRequest | undefined {
  if (clinic === undefined) return undefined;
  return { tool: clinic, out: clinicOut ?? defaultClinicFolder, keep: clinicKeep ?? false };
}

interface OtherFlags {
  rounds: number;
  sweep?: string;
  fault: readonly string[];
  against: readonly string[];
  failOn?: readonly string[];
  join: readonly string[];
}

/** What does not go together with `--clinic`, or without it. */
export function clinicContradictions(
  traces: readonly string[],
  { clinic, clinicOut, clinicKeep, rounds, sweep, fault, against, failOn = [], join }: ClinicFlags & OtherFlags,
): [boolean, string][] {
  const asked = clinic !== undefined;
  return [
    [!asked && (clinicOut !== undefined || clinicKeep === true), '--clinic-out and --clinic-keep want --clinic <tool>'],
    [asked && traces.length > 1, '--clinic takes one trace at a time'],
    [asked && rounds > 1, '--clinic slows what it looks into, so more rounds tell nothing more: leave out --rounds'],
    [asked && sweep !== undefined, '--clinic slows what it looks into, and --sweep compares: they do not go together'],
    [asked && against.length > 0, '--clinic slows what it looks into, and --against compares: they do not go together'],
    [
      asked && failOn.length > 0,
      '--clinic slows what it looks into: conditions (--fail-on) on its figures tell nothing',
    ],
    [
      asked && join.length > 0,
      '--clinic looks into coordinators that it starts: leave out --join, or put clinic into what serves them',
    ],
    [
      asked && fault.some((each) => each.startsWith('restart-coordinator')),
      '--fault restart-coordinator kills the coordinator that --clinic looks into',
    ],
  ];
}
