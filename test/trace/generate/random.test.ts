import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrivals, merged } from '#src/trace/generate/arrivals.js';
import { randomFrom, zipf } from '#src/trace/generate/random.js';

const draws = 20_000;
const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test('numbers are uniform, exponential and log-normal as asked, and repeat with the seed', () => {
  const [random, again] = [randomFrom(7, 'a'), randomFrom(7, 'a')];
  const uniform = Array.from({ length: draws }, () => random.uniform());
  assert.deepEqual(
    uniform,
    Array.from({ length: draws }, () => again.uniform()),
  );
  assert.ok(Math.abs(mean(uniform) - 0.5) < 0.01 && Math.min(...uniform) >= 0 && Math.max(...uniform) < 1);
  assert.ok(Math.abs(mean(Array.from({ length: draws }, () => random.exponential(3))) - 3) < 0.1);
  const sizes = Array.from({ length: draws }, () => random.logNormal(1600, 0.5)).sort((a, b) => a - b);
  assert.ok(Math.abs((sizes[draws / 2] ?? 0) - 1600) < 50);
});

test('streams of one seed differ', () => {
  assert.notEqual(randomFrom(7, 'a').uniform(), randomFrom(7, 'b').uniform());
  assert.notEqual(randomFrom(0).uniform(), randomFrom(1).uniform());
});

test("ranks follow Zipf's law", () => {
  const random = randomFrom(1);
  const draw = zipf(10, 1);
  const counts = new Array<number>(10).fill(0);
  for (let index = 0; index < draws; index++) {
    const rank = draw(random);
    counts[rank] = (counts[rank] ?? 0) + 1;
  }
  assert.ok(Math.abs((counts[0] ?? 0) / (counts[4] ?? 1) - 5) < 1);
  assert.equal(zipf(1, 1)(random), 0);
});

test('bursts that overlap come out in order of time', () => {
  const plan = { perSecond: 1000, durationMs: 3000, burstSize: 20, burstGapMs: 30 };
  const times = [...arrivals(plan, randomFrom(3))].map(({ atMs }) => atMs);
  assert.ok(times.length > 1000);
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  );
  assert.ok(times.every((atMs) => atMs < 3000));
});

test('streams are merged by due time', () => {
  const stream = (...times: number[]): Iterator<{ at: number }> => times.map((at) => ({ at }))[Symbol.iterator]();
  const times = [...merged([stream(), stream(1, 4, 4), stream(2, 3, 9)])].map(({ at }) => at);
  assert.deepEqual(times, [1, 2, 3, 4, 4, 9]);
});
