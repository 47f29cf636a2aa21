import { defineStrategy } from './strategy.js';
import {
  connectSubmits,
  submitContradiction,
  submitCoordinators,
  submitOptions,
  submitUnavailable,
} from './submit/submit-strategy.js';

export default defineStrategy({
  name: 'submit-index',
  summary: 'As submit-scan, with the challenge ids of the allotments used last kept in an index.',
  description: `The first submit of an account, an epoch and a tier whose row is missing in the replica has the map of all their challenge ids
built, once however many ask at the same time; the others find theirs in it. The maps used last are kept (size, 64), those used
longest ago make room. A map of 10,000 rows takes about 1.2 MB.

Calls: one HTTP request a submit, as submit-scan; each server has an index of its own.

With more active accounts than maps it thrashes: most maps are built, used once and thrown away, and it is slower than scanning, which
stops half-way on average. The report shows the share of look-ups that hit, and says so.

Use it where replicas lag, with size above the number of accounts that submit within an epoch.`,
  options: {
    ...submitOptions,
    size: {
      type: 'integer',
      default: 64,
      min: 1,
      max: 1_000_000,
      describe: 'maps that are kept, one for each account, epoch and tier',
    },
  },
  capabilities: ['submit'],
  claims: () => ({ exclusion: false, noLostUpdates: false, maxStalenessMs: null, rightAnswers: true }),
  contradiction: submitContradiction,
  unavailable: submitUnavailable,
  coordinators: (options) => submitCoordinators(options, { recovery: 'index', size: options.size }),
  connect: connectSubmits,
});
