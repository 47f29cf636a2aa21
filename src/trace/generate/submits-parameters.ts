import type { ParameterTable, ParameterValues } from './parameter.js';

/** What the `submits` generator turns on: clients that hand in challenge ids, epoch by epoch. */
export const submitsParameters = {
  epochs: { default: 2, unit: '', describe: 'epochs, one after another', min: 1, max: 10_000, whole: true },
  epochMs: { default: 10_000, unit: 'ms', describe: 'length of an epoch', min: 1 },
  accounts: {
    default: 20,
    unit: '',
    describe: 'accounts that submit in an epoch',
    min: 1,
    max: 1_000_000,
    whole: true,
  },
  accountSkew: { default: 0, unit: '', describe: "Zipf's exponent of the accounts' popularity (0: all alike)", max: 5 },
  inTurn: { default: 0, unit: '', describe: '1: accounts submit in turn, instead of at random', max: 1, whole: true },
  clients: { default: 2, unit: '', describe: 'processes that submit', min: 1, max: 256, whole: true },
  tiers: { default: 3, unit: '', describe: 'tiers: basic, silver, gold', min: 1, max: 3, whole: true },
  allotment: {
    default: 10_000,
    unit: '',
    describe: 'rows of an account, an epoch and a tier',
    min: 1,
    max: 10_000_000,
    whole: true,
  },
  burst: { default: 0, unit: '', describe: 'submits at the start of an epoch', max: 1_000_000, whole: true },
  burstGapMs: { default: 9, unit: 'ms', describe: 'time between these' },
  tail: { default: 0, unit: '', describe: 'submits after them, ever rarer', max: 1_000_000, whole: true },
  tailMeanMs: { default: 2000, unit: 'ms', describe: 'mean time from the start of the epoch to one of these', min: 1 },
  perSecond: { default: 10, unit: 'per second', describe: 'submits at any time of an epoch' },
  lagMs: {
    default: 0,
    unit: 'ms',
    describe: 'how long after the start of an epoch its rows are missing in the replica',
  },
  missShare: {
    default: 0.05,
    unit: '',
    describe: 'share of all other submits whose row is missing in the replica',
    max: 1,
  },
  unknownTierShare: { default: 0.1, unit: '', describe: 'share of the submits whose tier nobody knows', max: 1 },
  bogusShare: { default: 0.02, unit: '', describe: 'share of the challenge ids that belong to nobody', max: 1 },
  foreignShare: { default: 0.02, unit: '', describe: "share of the challenge ids that are another account's", max: 1 },
} as const satisfies ParameterTable;

export type SubmitsParameters = ParameterValues<typeof submitsParameters>;

/** The fixtures. */
export const submitsPresets: Record<string, { summary: string; seed: number; values: Partial<SubmitsParameters> }> = {
  'submits-calm': {
    summary: 'a few submits a second, hardly any of them lagged',
    seed: 41,
    values: {},
  },
  'submits-lagged': {
    summary:
      'three epochs, each with 50 submits of 33 accounts, the first ones 9 ms apart while the replica lags (a minute in 8 s)',
    seed: 42,
    values: {
      epochs: 3,
      epochMs: 8000,
      accounts: 33,
      burst: 20,
      tail: 30,
      tailMeanMs: 1500,
      perSecond: 0,
      lagMs: 4000,
    },
  },
  'submits-wide': {
    summary: '100 accounts in turn, more than an index has maps, every row missing',
    seed: 43,
    values: {
      epochs: 1,
      epochMs: 24_000,
      accounts: 100,
      inTurn: 1,
      perSecond: 12,
      missShare: 1,
      unknownTierShare: 0,
      tiers: 1,
    },
  },
};
