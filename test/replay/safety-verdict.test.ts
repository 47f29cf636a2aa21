import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Claims } from '#src/measure/claims.js';
import type { SafetyExample } from '#src/measure/result.js';
import { Blame } from '#src/replay/blame.js';
import type { Findings } from '#src/replay/oracle.js';
import { judgeSafety } from '#src/replay/safety-verdict.js';

const everything: Claims = { exclusion: true, noLostUpdates: true, maxStalenessMs: 0 };
const nothing: Claims = { exclusion: false, noLostUpdates: false, maxStalenessMs: null };

type Counts = Partial<Findings>;

/** What a round found: nothing, in a run with enough concurrency, unless told otherwise. */
function round(claims: Claims, counts: Counts = {}): Parameters<typeof judgeSafety>[0][number] {
  const quiet = { overlaps: 0, lostUpdates: 0, staleReads: 0, underLocked: 0, overlapsExpectedUnguarded: 10 };
  const findings = { ...quiet, readsChecked: 0, finalsChecked: 0, examples: [], collisions: 0, longHeld: [] };
  const rest = { blame: new Blame([], String), ...counts };
  return { claims, findings: { ...findings, ...rest } as Findings, coordinatorLost: false };
}

const cases: [title: string, claims: Claims, counts: Counts, verdict: string, reason: RegExp][] = [
  ['claims that held in a run that could have shown otherwise are safe', everything, {}, 'safe', /10 sections/],
  ['an overlap breaks exclusion', everything, { overlaps: 1 }, 'unsafe', /1 sections overlapped/],
  ['a lost update breaks its claim', everything, { lostUpdates: 2 }, 'unsafe', /2 updates were lost/],
  ['a stale read breaks its claim', everything, { staleReads: 3 }, 'unsafe', /3 reads were staler than the 0 ms/],
  [
    'all broken claims are told',
    everything,
    { overlaps: 1, lostUpdates: 1, staleReads: 1 },
    'unsafe',
    /overlapped.*lost.*staler/,
  ],
  ['what the trace guards too little is not held against it', everything, { underLocked: 5 }, 'safe', /claims held/],
  ['what claims nothing is unchecked, whatever it does', nothing, { overlaps: 9 }, 'unchecked', /claims nothing/],
  [
    'what was not claimed cannot be broken',
    { exclusion: false, noLostUpdates: false, maxStalenessMs: 50 },
    { overlaps: 4, lostUpdates: 4 },
    'safe',
    /claims held/,
  ],
  [
    'nine sections that would have overlapped are too few to tell',
    everything,
    { overlapsExpectedUnguarded: 9 },
    'unchecked',
    /only 9 sections/,
  ],
  [
    'a broken claim is unsafe however few there were',
    everything,
    { overlaps: 1, overlapsExpectedUnguarded: 1 },
    'unsafe',
    /overlapped/,
  ],
];

for (const [title, claims, counts, verdict, reason] of cases) {
  test(title, () => {
    const judged = judgeSafety([round(claims, counts)]);
    assert.equal(judged.verdict, verdict);
    assert.match(judged.reason, reason);
  });
}

test('rounds add up: five and five sections are enough to tell', () => {
  const half = round(everything, { overlapsExpectedUnguarded: 5 });
  const judged = judgeSafety([half, half]);
  assert.equal(judged.verdict, 'safe');
  assert.equal(judged.overlapsExpectedUnguarded, 10);
});

test('at most two examples of a kind are kept, and none of another kind is crowded out', () => {
  const example = (kind: SafetyExample['kind'], key: string): SafetyExample => ({ kind, key, text: key, sides: [] });
  const rounds = ['a', 'b', 'c'].map((key) =>
    round(everything, { overlaps: 1, examples: [example('overlap', key), example('staleRead', key)] }),
  );
  assert.deepEqual(
    judgeSafety(rounds).examples.map(({ kind, key }) => `${kind} ${key}`),
    ['overlap a', 'overlap b', 'staleRead a', 'staleRead b'],
  );
});
