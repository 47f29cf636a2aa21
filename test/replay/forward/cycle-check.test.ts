import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CycleCheck, type CycleTally } from '#src/replay/forward/cycle-check.js';
import { expectedOf } from '#src/replay/forward/cycle-digest.js';
import { rowsOf } from '#src/strategies/fan-out/miner-rows.js';
import type { Answer, Miner } from '#src/strategies/strategy.js';

const miner = (extra: Partial<Miner> = {}): Miner => ({ delayMs: 1, rows: 2, floats: 2, fails: false, ...extra });
const answer = (index: number, rows: number[][]): Answer => [{ miner: index, rows }, 1];
const sound = [
  [1, 2],
  [3, 4.5],
];
const silent: Answer = [undefined, 100];

/** What was wrong, in words. */
const faultsOf = ({ answers }: CycleTally): string[] =>
  [...answers.values()].filter(({ right }) => !right).map(({ example }) => example);

test('answers in order that are what the trace says come to a tally without anything wrong', () => {
  const check = new CycleCheck([miner(), miner({ delayMs: 100 }), miner({ fails: true })], 100);
  const answers = [
    answer(0, sound),
    silent,
    answer(2, [
      [1, 2],
      [3, Number.NaN],
    ]),
  ];
  for (const index of [2, 0, 1]) check.validate(index, answers[index] as Answer);
  const tally = check.finish(answers);
  const { rows, valid, invalid, timedOut, sum } = tally.digest;
  assert.deepEqual({ rows, valid, invalid, timedOut, sum }, { rows: 4, valid: 1, invalid: 1, timedOut: 1, sum: 10.5 });
  assert.equal(tally.answers.size, 3);
  assert.deepEqual(faultsOf(tally), []);
});

test('a row in which a failing miner without numbers says so is none of the rows that were asked for', () => {
  const miners = [miner({ rows: 0, fails: true }), miner({ rows: 1, floats: 0, fails: true })];
  for (const form of ['arrays', 'typed'] as const) {
    const check = new CycleCheck(miners, 100);
    const answers = miners.map((asked, index): Answer => [{ miner: index, rows: rowsOf(asked, index, 1, form) }, 1]);
    for (const [index, given] of answers.entries()) check.validate(index, given);
    const tally = check.finish(answers);
    assert.deepEqual([tally.digest.rows, tally.digest.invalid], [1, 2]);
    assert.deepEqual(faultsOf(tally), []);
  }
});

test('a cycle without miners is right', () => {
  assert.equal(new CycleCheck([], 100).finish([]).answers.size, 0);
});

for (const [what, rows] of [
  ['a row is missing', [[1, 2]]],
  ['a row is short', [[1, 2], [3]]],
  [
    'a row is long',
    [
      [1, 2],
      [3, 4, 5],
    ],
  ],
  [
    'a number is not finite',
    [
      [1, 2],
      [3, Number.POSITIVE_INFINITY],
    ],
  ],
  [
    'a number is a hole',
    [
      [1, 2],
      [3, undefined as unknown as number],
    ],
  ],
] as const) {
  test(`an answer is invalid where ${what}`, () => {
    const check = new CycleCheck([miner()], 100);
    const given = answer(
      0,
      rows.map((row) => [...row]),
    );
    check.validate(0, given);
    const tally = check.finish([given]);
    assert.equal(tally.digest.invalid, 1);
    assert.deepEqual(faultsOf(tally), ['miner 0 came out invalid, expected valid']);
  });
}

test('an answer at the wrong index, twice, never, or kept out of order is wrong', () => {
  const [first, second] = [answer(0, sound), answer(1, sound)];
  const swapped = new CycleCheck([miner(), miner()], 100);
  swapped.validate(0, second);
  swapped.validate(1, first);
  assert.equal(faultsOf(swapped.finish([second, first])).length, 2);
  const twice = new CycleCheck([miner()], 100);
  twice.validate(0, first);
  twice.validate(0, first);
  assert.deepEqual(faultsOf(twice.finish([first])), ['miner 0 was validated twice']);
  assert.deepEqual(faultsOf(new CycleCheck([miner()], 100).finish([first])), ['miner 0 was never validated']);
  const unordered = new CycleCheck([miner(), miner()], 100);
  unordered.validate(0, first);
  unordered.validate(1, second);
  assert.equal(faultsOf(unordered.finish([second, first])).length, 2);
  const foreign = new CycleCheck([miner()], 100);
  foreign.validate(0, first);
  foreign.validate(5, second);
  assert.match(faultsOf(foreign.finish([first])).join(), /for miner 5, which was not asked/);
});

for (const [delayMs, fails, verdict] of [
  [99, false, 'valid'],
  [99, true, 'invalid'],
  [100, false, 'timedOut'],
  [100, true, 'timedOut'],
  [Number.POSITIVE_INFINITY, false, 'timedOut'],
  [Number.NaN, false, 'timedOut'],
] as const) {
  test(`a miner that answers after ${delayMs} of 100 ms${fails ? ' and fails' : ''} is expected ${verdict}`, () => {
    assert.equal(expectedOf(miner({ delayMs, fails }), 100), verdict);
  });
}

test('numbers, rows or answers that have changed places leave the sum as it was and the fingerprint not', () => {
  const digestOf = (...all: number[][][]): CycleTally['digest'] => {
    const check = new CycleCheck(
      all.map(() => miner()),
      100,
    );
    const answers = all.map((rows, index) => answer(index, rows));
    for (const [index, one] of [...answers.entries()].reverse()) check.validate(index, one);
    return check.finish(answers).digest;
  };
  const other = [
    [9, 9],
    [9, 9],
  ];
  const [straight, crossed, turned] = [
    digestOf(sound, other),
    digestOf(other, sound),
    digestOf([...sound].reverse(), other),
  ];
  const mirrored = digestOf(
    sound.map((row) => [...row].reverse()),
    other,
  );
  const all = [straight, crossed, turned, mirrored];
  assert.deepEqual(
    all.map(({ sum }) => sum),
    [46.5, 46.5, 46.5, 46.5],
  );
  assert.equal(new Set(all.map(({ fingerprint }) => fingerprint)).size, 4);
  assert.equal(straight.fingerprint, digestOf(sound, other).fingerprint);
});

test('more answers than miners are told', () => {
  const check = new CycleCheck([miner()], 100);
  const only = answer(0, sound);
  check.validate(0, only);
  assert.match(faultsOf(check.finish([only, silent])).join(), /2 answers came back of 1 miners/);
});

test('an answer that is changed between being validated and being handed back is wrong', () => {
  const check = new CycleCheck([miner(), miner()], 100);
  const buffer = [Float64Array.of(1, 2), Float64Array.of(3, 4)];
  const answers: Answer[] = [[{ miner: 0, rows: buffer }, 1], answer(1, sound)];
  for (const [index, one] of answers.entries()) check.validate(index, one);
  buffer[1]?.fill(7);
  assert.deepEqual(faultsOf(check.finish(answers)), ['the answer of miner 0 was changed after it was validated']);
});
