import type { WorkloadResult } from '../measure/result.js';
import type { Unit } from './condition-limit.js';

/** A figure of a workload, with percentiles. */
interface FigureMetric {
  workload: string;
  unit: Unit;
  /** What tables call it. */
  title: string;
  figure: string;
}

/** A number that a workload has one of. */
interface NumberMetric {
  workload: string;
  unit: Unit;
  title: string;
  /** Undefined where the run gave none. */
  of(result: WorkloadResult): number | undefined;
  /** Whether it depends on how busy the machine was. */
  exact?: boolean;
}

const count = (name: string) => (result: WorkloadResult) => result.counts[name] ?? 0;
const optionalCount = (name: string) => (result: WorkloadResult) => result.counts[name];
const gauge = (name: string) => (result: WorkloadResult) => result.gauges[name];

/** Every figure of every workload, as conditions name it; one more workload is some more lines here. In the order of the tables. */
export const figureMetrics = {
  gateWait: { workload: 'submit', unit: 'ms', title: 'gate wait', figure: 'gateWaitMs' },
  inGate: { workload: 'submit', unit: 'ms', title: 'in gate', figure: 'inGateMs' },
  recovery: { workload: 'submit', unit: 'ms', title: 'recovery', figure: 'recoveryMs' },
  cycle: { workload: 'forward', unit: 'ms', title: 'cycle', figure: 'cycleMs' },
} as const satisfies Record<string, FigureMetric>;

export const numberMetrics = {
  recoveries: { workload: 'submit', unit: 'count', title: 'recoveries', of: count('recoveries') },
  rejected: { workload: 'submit', unit: 'count', title: '429s', of: count('rejected') },
  indexHitRate: { workload: 'submit', unit: 'percent', title: 'index hits', of: indexHitRate },
  indexRebuilds: { workload: 'submit', unit: 'count', title: 'rebuilt', of: optionalCount('indexRebuilds') },
  indexEntries: { workload: 'submit', unit: 'count', title: 'maps', of: gauge('indexEntries') },
  indexBytes: { workload: 'submit', unit: 'bytes', title: 'index memory', of: gauge('indexBytes') },
  rows: { workload: 'forward', unit: 'count', title: 'rows', of: count('rows') },
} as const satisfies Record<string, NumberMetric>;

export type FigureName = keyof typeof figureMetrics;
export type NumberName = keyof typeof numberMetrics;

export const figureNames = Object.keys(figureMetrics) as FigureName[];
export const numberNames = Object.keys(numberMetrics) as NumberName[];

export function figureMetric(name: FigureName): FigureMetric {
  return figureMetrics[name];
}

export function numberMetric(name: NumberName): NumberMetric {
  return numberMetrics[name];
}

function indexHitRate({ counts }: WorkloadResult): number | undefined {
  const { indexHits = 0, indexMisses = 0 } = counts;
  return indexHits + indexMisses === 0 ? undefined : (100 * indexHits) / (indexHits + indexMisses);
}
