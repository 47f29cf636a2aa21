import type { WorkloadResult } from '../measure/result.js';
import type { Unit } from './condition-limit.js';

export type FigureLevel = 'mean' | 'p50' | 'p99' | 'max';

/** A figure of a workload, with percentiles. */
interface FigureMetric {
  workload: string;
  unit: Unit;
  /** What tables call it. */
  title: string;
  figure: string;
  /** Whether only operations that ended give one, so that those which never did would be missed. */
  ofWholeOperations?: boolean;
  /** Those that tables show. Default: p50, p99 and max. */
  levels?: readonly FigureLevel[];
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
  cycle: {
    workload: 'forward',
    unit: 'ms',
    title: 'cycle',
    figure: 'cycleMs',
    ofWholeOperations: true,
    levels: ['p50', 'max'],
  },
  overTimeout: {
    workload: 'forward',
    unit: 'ms',
    title: 'over time-out',
    figure: 'overTimeoutMs',
    ofWholeOperations: true,
    levels: ['max'],
  },
  mainBusy: { workload: 'forward', unit: 'ms', title: 'main busy', figure: 'mainBusyMs', levels: ['mean'] },
  mainCpu: { workload: 'forward', unit: 'ms', title: 'main CPU', figure: 'mainCpuMs', levels: [] },
  overlap: { workload: 'forward', unit: 'percent', title: 'overlap', figure: 'overlapPercent', levels: ['mean'] },
  poolStart: { workload: 'forward', unit: 'ms', title: 'pool start', figure: 'poolStartMs', levels: ['max'] },
} as const satisfies Record<string, FigureMetric>;

export const numberMetrics = {
  recoveries: { workload: 'submit', unit: 'count', title: 'recoveries', of: count('recoveries') },
  rejected: { workload: 'submit', unit: 'count', title: '429s', of: count('rejected') },
  indexHitRate: { workload: 'submit', unit: 'percent', title: 'index hits', of: indexHitRate },
  indexRebuilds: { workload: 'submit', unit: 'count', title: 'rebuilt', of: optionalCount('indexRebuilds') },
  indexEntries: { workload: 'submit', unit: 'count', title: 'maps', of: gauge('indexEntries') },
  indexBytes: { workload: 'submit', unit: 'bytes', title: 'index memory', of: gauge('indexBytes') },
  rows: { workload: 'forward', unit: 'count', title: 'rows', of: count('rows'), exact: true },
  valid: { workload: 'forward', unit: 'count', title: 'valid', of: count('valid'), exact: true },
  invalid: { workload: 'forward', unit: 'count', title: 'invalid', of: count('invalid'), exact: true },
  timedOut: { workload: 'forward', unit: 'count', title: 'cut', of: count('timedOut'), exact: true },
  cyclesFailed: { workload: 'forward', unit: 'count', title: 'failed', of: cyclesFailed },
  chunksRetried: { workload: 'forward', unit: 'count', title: 'retried', of: count('chunksRetried') },
  workersLeft: { workload: 'forward', unit: 'count', title: 'left over', of: gauge('workersLeft') },
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

/** Reports of the first versions do not tell how many cycles began, and nothing of those that failed. */
function cyclesFailed({ counts }: WorkloadResult): number | undefined {
  return counts.cyclesFailed ?? (counts.cyclesBegun === undefined ? undefined : 0);
}

function indexHitRate({ counts }: WorkloadResult): number | undefined {
  const { indexHits = 0, indexMisses = 0 } = counts;
  return indexHits + indexMisses === 0 ? undefined : (100 * indexHits) / (indexHits + indexMisses);
}
