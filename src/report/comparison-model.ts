import type { MeasuredResult } from '../measure/result.js';

export type ComparisonVerdict = 'better' | 'worse' | 'same' | 'inconclusive';

/** One metric of one strategy, before and after. */
export interface ComparisonRow {
  strategy: string;
  /** Absent for figures of the whole strategy. */
  operation?: string;
  /** `failures`: the share of operations that failed, timed out or never finished, in percent. */
  metric: 'p50' | 'p95' | 'p99' | 'throughput' | 'cpu' | 'calls' | 'bytes' | 'failures';
  /** Whether the figures are ratios to the baseline strategy of the same run: the form that survives a change of machine. */
  relative: boolean;
  base: number;
  current: number;
  /** Of `failures` the difference, in percentage points: a share that was 0 has no ratio. */
  changePercent: number;
  /** 95 % interval of the change, in the same unit, where there are rounds or runs enough for one. */
  intervalPercent?: { low: number; high: number };
  verdict: ComparisonVerdict;
  reason: string;
}

export interface SafetyRow {
  strategy: string;
  base: string;
  current: string;
  verdict: ComparisonVerdict;
  reason: string;
}

export interface Comparison {
  schema: 'ipcbench.comparison/1';
  /** `paired`: both sides interleaved in one run; `separate`: two runs; `history`: against the spread of three or more runs. */
  kind: 'paired' | 'separate' | 'history';
  verdict: ComparisonVerdict;
  minimumEffectPercent: number;
  rows: ComparisonRow[];
  safety: SafetyRow[];
  /** What differs between the runs, or could not be compared. */
  warnings: string[];
  /** Strategies that could not be judged at all, with the reason; never a success. */
  unmeasured: { strategy: string; reason: string }[];
}

/** A pair of results to compare: as the base has them (one for each base report), and the new one. */
export interface Side {
  label: string;
  bases: readonly MeasuredResult[];
  current: MeasuredResult;
}

export interface ComparisonOptions {
  force?: boolean;
  /** The least change worth mentioning. Default 5 % in one run, 10 % between runs, whose ratios shift a little as wholes. */
  minimumEffectPercent?: number;
  /** File names, for messages. */
  names?: readonly string[];
}
