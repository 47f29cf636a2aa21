import type { ParameterTable, ParameterValues } from './parameter.js';

/** What the `ledger` generator turns on. A period or rate of 0 leaves that kind of operation out. */
export const ledgerParameters = {
  durationMs: { default: 8000, unit: 'ms', describe: 'length of the trace', min: 1 },
  bundles: { default: 100, unit: '', describe: 'bundles in the ledger', min: 1, max: 100_000, whole: true },
  bundleBytes: { default: 100_000, unit: 'bytes', describe: 'size of a bundle (nested)', whole: true },
  patchPeriodMs: { default: 0, unit: 'ms', describe: 'time between updates of one field in every bundle' },
  patchBytes: { default: 100, unit: 'bytes', describe: 'size of that field', whole: true },
  smallPeriodMs: {
    default: 0,
    unit: 'ms',
    describe: 'time between sets of small writes, one by one and as a batch in turn',
  },
  smallWrites: { default: 1000, unit: '', describe: 'small writes in a set', min: 1, max: 1_000_000, whole: true },
  smallBytes: { default: 200, unit: 'bytes', describe: 'size of a small value', whole: true },
  replacePeriodMs: { default: 0, unit: 'ms', describe: 'time between replacements of all bundles, deletions included' },
  clearPeriodMs: { default: 0, unit: 'ms', describe: 'time between clearings of a dict, filled half a period before' },
  clearKeys: { default: 100, unit: '', describe: 'keys in that dict', min: 1, max: 1_000_000, whole: true },
  readsPerSecond: { default: 0, unit: 'per second', describe: 'operations that look up a price and a position' },
  readers: { default: 4, unit: '', describe: 'processes that read', min: 1, max: 256, whole: true },
  ordersPerSecond: { default: 0, unit: 'per second', describe: 'locked changes of the positions being read' },
  positions: { default: 500, unit: '', describe: 'positions', min: 1, max: 1_000_000, whole: true },
  positionBytes: { default: 1600, unit: 'bytes', describe: 'size of a position', whole: true },
  instruments: { default: 50, unit: '', describe: 'instruments with a price', min: 1, max: 100_000, whole: true },
  skew: { default: 0.8, unit: '', describe: "Zipf's exponent of what is read", max: 5 },
} as const satisfies ParameterTable;

export type LedgerParameters = ParameterValues<typeof ledgerParameters>;

/** The fixtures. */
export const ledgerPresets: Record<string, { summary: string; seed: number; values: Partial<LedgerParameters> }> = {
  'ledger-patch': {
    summary: 'one field in each of 100 bundles of 100 KB, again and again',
    seed: 21,
    values: { durationMs: 9600, patchPeriodMs: 800 },
  },
  'ledger-batch': {
    summary: '1,000 small writes one by one, and as a batch',
    seed: 22,
    values: { durationMs: 8000, smallPeriodMs: 800 },
  },
  'ledger-replace': {
    summary: 'all bundles replaced, the old ones deleted; a dict of 100 keys cleared',
    seed: 23,
    values: { durationMs: 9600, replacePeriodMs: 800, clearPeriodMs: 400 },
  },
  'ledger-hot-reads': {
    summary: 'thousands of price and position look-ups a second, some positions changing',
    seed: 24,
    values: { durationMs: 5000, readsPerSecond: 1000, ordersPerSecond: 20 },
  },
};
