import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from '#src/measure/histogram.js';

/** Latencies as they come: a body, a tail and a few stalls; the same for the same seed. */
function latenciesNs(count: number, seed: number): number[] {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Array.from({ length: count }, () => {
    const body = 200_000 * Math.exp(Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()));
    return Math.round(random() < 0.01 ? body + 1e9 * random() : body);
  });
}

/** Nearest rank: the smallest sample that at least so many percent of all samples do not exceed. */
function exactPercentile(sorted: readonly number[], percentile: number): number {
  return sorted[Math.max(Math.ceil((percentile * sorted.length) / 100 - 1e-9), 1) - 1] ?? Number.NaN;
}

for (const count of [1, 2, 7, 160, 1_040, 20_000]) {
  test(`percentiles agree with the exact ones of ${count} raw samples within 0.1 %`, () => {
    const samples = latenciesNs(count, 42 + count);
    const histogram = new Histogram();
    for (const sample of samples) histogram.record(sample);
    const sorted = [...samples].sort((a, b) => a - b);
    for (const percentile of [0.5, 10, 50, 90, 95, 99, 99.9, 100]) {
      const exact = exactPercentile(sorted, percentile);
      const read = histogram.percentile(percentile);
      assert.ok(Math.abs(read - exact) <= exact * 0.001, `p${percentile} of ${count}: ${read} instead of ${exact}`);
    }
  });
}

test('histograms of parts add up to the histogram of the whole', () => {
  const samples = latenciesNs(3_000, 7);
  const whole = new Histogram();
  const parts = [new Histogram(), new Histogram(), new Histogram()];
  for (const [index, sample] of samples.entries()) {
    whole.record(sample);
    parts[index % 3]?.record(sample);
  }
  const sum = new Histogram();
  for (const part of parts) sum.add(Histogram.decode(part.encode()));
  assert.equal(sum.count, whole.count);
  for (const percentile of [50, 90, 99]) assert.equal(sum.percentile(percentile), whole.percentile(percentile));
  assert.ok(Math.abs(sum.max - whole.max) <= whole.max * 0.001);
  assert.ok(Math.abs(sum.mean - whole.mean) <= whole.mean * 0.001);
});

test('the V2 encoding survives a round trip, of an empty histogram too', () => {
  const histogram = new Histogram();
  for (const sample of [0, 1, 999, 1_000_000, 86_400_000_000_000]) histogram.record(sample);
  const copy = Histogram.decode(histogram.encode());
  assert.equal(copy.count, 5);
  assert.equal(copy.encode(), histogram.encode());
  for (const percentile of [20, 40, 60, 80])
    assert.equal(copy.percentile(percentile), histogram.percentile(percentile));
  assert.ok(
    Math.abs(copy.max - histogram.max) <= histogram.max * 0.001,
    'the encoding keeps the largest by its bucket',
  );
  assert.equal(Histogram.decode(new Histogram().encode()).count, 0);
});

test('the encoding starts with the cookie of the compressed V2 format', () => {
  const histogram = new Histogram();
  histogram.record(5);
  assert.equal(Buffer.from(histogram.encode(), 'base64').readInt32BE(0), 0x1c849304 | 0x10);
});

test('an empty histogram reads zero everywhere', () => {
  const histogram = new Histogram();
  assert.deepEqual(
    [histogram.count, histogram.mean, histogram.min, histogram.max, histogram.percentile(99)],
    [0, 0, 0, 0, 0],
  );
});

test('a negative value counts as zero instead of being lost', () => {
  const histogram = new Histogram();
  histogram.record(-3);
  assert.equal(histogram.count, 1);
  assert.equal(histogram.max, 0);
});

test('one value recorded many times weighs as often', () => {
  const histogram = new Histogram();
  histogram.record(1_000);
  histogram.recordMany(0, 99);
  histogram.recordMany(7, 0);
  assert.equal(histogram.count, 100);
  assert.equal(histogram.percentile(99), 0);
  assert.equal(histogram.mean, 10);
});
