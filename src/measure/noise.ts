import type { MeasuredResult, RoundResult } from './result.js';

/** How far the rounds of one strategy lie apart, percent of their median: (largest − smallest) ÷ median. */
export interface RoundSpread {
  strategy: string;
  operation: string;
  rounds: number;
  spreadPercent: { mean: number; p50: number; p95: number; p99: number; throughput: number };
}

/** The noise floor that `result` gives as the baseline; undefined with fewer than two rounds that saw `operation`. */
export function noiseFloorOf(result: MeasuredResult, operation: string): RoundSpread | undefined {
  const rounds = result.rounds.filter((round) => (round.operations[operation]?.count ?? 0) > 0);
  if (rounds.length < 2) return undefined;
  const spread = (value: (round: RoundResult) => number | undefined): number =>
    spreadPercent(rounds.flatMap((round) => value(round) ?? []));
  const latency = (metric: 'mean' | 'p50' | 'p95' | 'p99'): number =>
    spread((round) => round.operations[operation]?.responseMs[metric]);
  return {
    strategy: result.label,
    operation,
    rounds: rounds.length,
    spreadPercent: {
      mean: latency('mean'),
      p50: latency('p50'),
      p95: latency('p95'),
      p99: latency('p99'),
      throughput: spread((round) => round.throughput.operationsPerSecond),
    },
  };
}

/** (largest − smallest) ÷ median, percent. */
export function spreadPercent(values: readonly number[]): number {
  const middle = medianOf(values);
  return middle === 0 ? 0 : (100 * (Math.max(...values) - Math.min(...values))) / middle;
}

/** The middle value, or the mean of the two middle ones. NaN when there is none. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (upper + lower) / 2;
}
