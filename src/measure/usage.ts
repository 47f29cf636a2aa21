export type CoordinatorVerdict = 'severe' | 'overloaded' | 'starved' | 'healthy' | 'unknown';

/** Percent of one core. */
export interface PercentSummary {
  mean: number;
  p95: number;
  max: number;
}
