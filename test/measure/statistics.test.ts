import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from '#src/measure/histogram.js';
import { medianInterval, percentileInterval } from '#src/measure/interval.js';
import { medianOf } from '#src/measure/noise.js';
import { relabelTest, signFlipTest } from '#src/measure/permutation.js';
import { predictionInterval, studentDistribution, studentQuantile } from '#src/measure/prediction.js';
import { randomFrom } from '#src/measure/random.js';
import { pairedInterval, shiftInterval } from '#src/measure/shift.js';

const near = (value: number, expected: number, tolerance: number): void =>
  assert.ok(Math.abs(value - expected) <= tolerance, `${value} is not ${expected}`);

test('a median is the middle value, or the mean of the two middle ones', () => {
  assert.deepEqual([medianOf([3]), medianOf([4, 1, 9]), medianOf([1, 2, 3, 10])], [3, 4, 2.5]);
  assert.ok(Number.isNaN(medianOf([])));
});

/** Textbook values: ranks of the sign interval for the median at 95 %. */
const signRanks: [count: number, cut: number][] = [
  [1, 0],
  [5, 0],
  [6, 0],
  [9, 1],
  [12, 2],
  [20, 5],
];
for (const [count, cut] of signRanks) {
  test(`the interval of the median of ${count} values leaves out ${cut} on each side`, () => {
    const values = Array.from({ length: count }, (_, index) => index);
    assert.deepEqual(medianInterval(values), { low: cut, high: count - 1 - cut });
  });
}

/** Critical values of the Mann–Whitney test at 5 % two-sided: U may be at most this. */
const criticalRanks: [n: number, m: number, critical: number][] = [
  [4, 4, 0],
  [5, 5, 2],
  [5, 8, 6],
  [10, 10, 23],
];
for (const [n, m, critical] of criticalRanks) {
  test(`the interval of a shift between ${n} and ${m} values follows the critical value ${critical}`, () => {
    const before = Array.from({ length: n }, (_, index) => index * 1000);
    const after = Array.from({ length: m }, (_, index) => index);
    const differences = after.flatMap((b) => before.map((a) => b - a)).sort((a, b) => a - b);
    const { low, high } = shiftInterval(before, after);
    assert.equal(low, differences[critical + 1]);
    assert.equal(high, differences[differences.length - 2 - critical]);
  });
}

/** Critical values of Wilcoxon's signed-rank test at 5 % two-sided: W may be at most this. */
const signedRanks: [n: number, critical: number][] = [
  [6, 0],
  [8, 3],
  [10, 8],
  [20, 52],
];
for (const [n, critical] of signedRanks) {
  test(`the interval of ${n} paired differences follows the critical value ${critical}`, () => {
    const differences = Array.from({ length: n }, (_, index) => 2 ** index);
    const averages = differences.flatMap((one, index) => differences.slice(index).map((other) => (one + other) / 2));
    averages.sort((a, b) => a - b);
    const { low, high } = pairedInterval(differences);
    assert.deepEqual([low, high], [averages[critical + 1], averages[averages.length - 2 - critical]]);
  });
}

test('with too few values for 95 % the interval is all there is', () => {
  assert.deepEqual(shiftInterval([1, 2], [5, 7]), { low: 3, high: 6 });
  assert.deepEqual(pairedInterval([5, 1, 3, 4, 2]), { low: 1, high: 5 });
});

const quantiles: [freedom: number, probability: number, expected: number][] = [
  [1, 0.975, 12.706],
  [2, 0.975, 4.303],
  [5, 0.995, 4.032],
  [30, 0.975, 2.042],
];
for (const [freedom, probability, expected] of quantiles) {
  test(`Student's t with ${freedom} degrees of freedom is ${expected} at ${probability}`, () => {
    near(studentQuantile(probability, freedom), expected, 0.001);
    near(studentDistribution(expected, freedom), probability, 1e-4);
  });
}

test('a prediction interval of equal runs is a point, and grows with their spread', () => {
  const equal = predictionInterval([100, 100, 100], 150);
  near(equal.low, 50, 1e-6);
  near(equal.high, 50, 1e-6);
  const spread = predictionInterval([90, 100, 110], 150);
  assert.ok(spread.low < 0 && spread.high > 100);
});

test('the interval of a percentile holds it, and reaches no further than the samples', () => {
  const histogram = new Histogram();
  for (let value = 1; value <= 1000; value++) histogram.record(value * 1000);
  const { low, high } = percentileInterval(histogram, 50);
  near(low, 469_000, 1500);
  near(high, 532_000, 1500);
  near(percentileInterval(histogram, 99.9).high, 1_000_000, 1000);
});

test('five rounds that all rose by as much are as significant as five can be: 1 of 32', () => {
  const [found] = signFlipTest([[0.2, 0.21, 0.19, 0.2, 0.22]], 0.05);
  assert.deepEqual(found, { rose: 1 / 32, fell: 1 });
});

test('two groups of four that do not overlap are as significant as they can be: 1 of 70', () => {
  const [found] = relabelTest([[1, 2, 3, 4]], [[11, 12, 13, 14]], 0.05);
  assert.deepEqual(found, { rose: 1 / 70, fell: 1 });
});

test('a fall is the mirror of a rise', () => {
  const [found] = signFlipTest([[-0.2, -0.21, -0.19, -0.2, -0.22]], 0.05);
  assert.deepEqual(found, { rose: 1, fell: 1 / 32 });
});

test('with many rounds a sample of the relabellings is used, the same each time', () => {
  const before = [Array.from({ length: 20 }, (_, index) => index % 5)];
  const after = [Array.from({ length: 20 }, (_, index) => (index % 5) + 3)];
  const first = relabelTest(before, after, 0.1);
  assert.deepEqual(relabelTest(before, after, 0.1), first);
  assert.ok((first[0]?.rose ?? 1) < 0.001);
});

test('noise on many metrics is called a rise no more often than allowed', () => {
  const random = randomFrom(3);
  const centred = (): number => random() + random() + random() - 1.5;
  let alarms = 0;
  const trials = 400;
  for (let trial = 0; trial < trials; trial++) {
    const metrics = Array.from({ length: 10 }, () => Array.from({ length: 6 }, centred));
    if (signFlipTest(metrics, 0.05).some(({ rose }) => rose <= 0.05)) alarms += 1;
  }
  assert.ok(alarms > 0 && alarms / trials <= 0.05 + 2 * Math.sqrt((0.05 * 0.95) / trials), `${alarms}`);
});
