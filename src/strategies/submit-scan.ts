import { defineStrategy } from './strategy.js';
import {
  connectSubmits,
  submitContradiction,
  submitCoordinators,
  submitOptions,
  submitUnavailable,
} from './submit/submit-strategy.js';

export default defineStrategy({
  name: 'submit-scan',
  summary:
    'Submits over HTTP behind a gate; a row missing in the replica is recovered by recomputing its challenge ids.',
  description: `A submit enters a gate (slots at a time; the others wait, at most wait, and are then answered 429 with Retry-After), has its
assignment looked up in a replica (a process of its own that all servers share), and where the row is missing there, the sequence number is recovered: HMAC-SHA256(secret, account |
epoch | tier | seq) is computed for one seq after another until it fits, up to the whole allotment (10,000), of every tier where the
tier isn't known. All of that inside the gate, and exactly when the replica lags.

Calls: one HTTP request a submit, on connections that are kept; the server's look-up is its own call. A client that hangs up gives its place back.

Each server is a process of its own (servers=n) with a gate of its own, or one gate across all of them made of any strategy's locks
(gate=shared,gate-locks=redis).

Use it as the baseline of submit traces: it is what is written first.`,
  options: submitOptions,
  capabilities: ['submit'],
  claims: () => ({ exclusion: false, noLostUpdates: false, maxStalenessMs: null, rightAnswers: true }),
  contradiction: submitContradiction,
  unavailable: submitUnavailable,
  coordinators: (options) => submitCoordinators(options, { recovery: 'scan', size: 1 }),
  connect: connectSubmits,
});
