import { isMeasured, type MeasuredResult, type StrategyResult } from '../measure/result.js';

export { isMeasured } from '../measure/result.js';

/** The report contract, `ipcbench.report/1`: what a run leaves behind. `schema/report.schema.json` says the same to other programs. */
export const reportSchema = 'ipcbench.report/1';

/** Which trace was replayed; two reports are of the same trace when `sha256` agrees. */
export interface TraceIdentity {
  name: string;
  sha256: string;
  operations: number;
  durationMs: number;
  /** Invalid lines left out under `--skip-invalid`. */
  skipped?: number;
  /** The operation that tables and conditions mean unless they say otherwise. */
  primary: string;
  provenance?: { kind: string; [more: string]: unknown };
}

export interface HostIdentity {
  cpuModel: string;
  cpus: number;
  memoryBytes: number;
  os: string;
  node: string;
  /** How processes were placed on cores, in words. */
  placement: string;
  /** Load averages of 1, 5 and 15 minutes when the run began. */
  load: number[];
  /** Time the hypervisor took away during the run, percent of all cores. */
  stealPercent: number;
  /** Share of scheduling periods in which the control group was throttled, percent. */
  throttledPercent?: number;
}

/** A part of a trace, from 1. */
export interface ShardIdentity {
  index: number;
  count: number;
  /** Whether processes that take a common lock were kept in one shard, or only each process by itself. */
  by?: 'group' | 'process';
  /** Operations of the trace that were this shard's to replay. */
  operations?: number;
  /** Locks, entries and structures that it has in common with other shards. */
  unseen?: number;
}

export interface RunIdentity {
  /** ISO 8601. */
  startedAt: string;
  host: HostIdentity;
  options: Record<string, unknown>;
  rounds: number;
  /** Which part of the trace this run replayed, where it was split. */
  shard?: ShardIdentity;
  /** When the measured part was told to start, ISO 8601. */
  startAt?: string;
  /** Tells runs on joined coordinators from runs on others; absent where the run started its own. */
  joined?: string;
  /** How many reports were added up to make this one. */
  mergedFrom?: number;
}

/** How far the baseline's own rounds lie apart: (largest − smallest) ÷ median, percent. */
export interface NoiseFloor {
  strategy: string;
  operation: string;
  rounds: number;
  spreadPercent: { mean: number; p50: number; p95: number; p99: number; throughput: number };
}

/** Something the reader should know before trusting a figure. */
export interface ReportWarning {
  code: string;
  text: string;
  advice: string;
}

/** One option of one strategy tried at several values: the results that belong together, in order. */
export interface Sweep {
  strategy: string;
  option: string;
  points: { label: string; value: string | number }[];
}

export interface RecordedVerdict {
  verdict: 'reproduced' | 'not reproduced' | 'nothing recorded';
  text: string;
}

export interface Report {
  schema: typeof reportSchema;
  tool: { version: string };
  state: 'complete' | 'interrupted';
  trace: TraceIdentity;
  run: RunIdentity;
  /** Label of the result that the others are compared with. */
  baseline: string;
  noise?: NoiseFloor;
  recorded?: RecordedVerdict;
  sweep?: Sweep;
  warnings: ReportWarning[];
  results: StrategyResult[];
}

/** The results that have figures, in the order of the report. */
export function measuredResults(report: Report): MeasuredResult[] {
  return report.results.filter(isMeasured);
}

/** The result that others are compared with, if it was measured. */
export function baselineOf(report: Report): MeasuredResult | undefined {
  return measuredResults(report).find((result) => result.label === report.baseline);
}
