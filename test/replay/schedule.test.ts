import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dueNs, orderOfRound, pauseNs } from '#src/replay/schedule.js';

test('an operation is due at the start of its part plus its distance in the trace', () => {
  assert.equal(dueNs({ startNs: 5e6, fromMs: 0 }, 0, 1), 5e6);
  assert.equal(dueNs({ startNs: 5e6, fromMs: 0 }, 250, 1), 255e6);
  assert.equal(dueNs({ startNs: 5e6, fromMs: 200 }, 250, 1), 55e6);
});

test('speed shortens distances and pauses alike', () => {
  assert.equal(dueNs({ startNs: 0, fromMs: 100 }, 300, 4), 50e6);
  assert.equal(dueNs({ startNs: 0, fromMs: 0 }, 300, 0.5), 600e6);
  assert.equal(pauseNs(100, 4), 25e6);
  assert.equal(pauseNs(0, 4), 0);
});

test('the last of a million operations is due as exactly as the first: nothing adds up', () => {
  assert.equal(dueNs({ startNs: 1, fromMs: 0 }, 999_999 * 0.125, 1), 999_999 * 125_000 + 1);
});

test('over as many pairs of rounds as there are strategies, each runs equally often in each place', () => {
  const strategies = ['a', 'b', 'c'];
  const places = new Map<string, number>();
  for (let round = 0; round < 6; round++) {
    const order = orderOfRound(strategies, round);
    assert.deepEqual([...order].sort(), strategies);
    for (const [place, strategy] of order.entries())
      places.set(`${strategy}${place}`, (places.get(`${strategy}${place}`) ?? 0) + 1);
  }
  assert.deepEqual([...places.values()], Array(9).fill(2));
});

test('no strategy always runs after the same one', () => {
  const before = new Set<string>();
  for (let round = 0; round < 2; round++) {
    const order = orderOfRound(['a', 'b', 'c'], round);
    before.add(order[order.indexOf('b') - 1] ?? 'nobody');
  }
  assert.deepEqual([...before].sort(), ['a', 'c']);
});

test('one strategy and none are orders too', () => {
  assert.deepEqual(orderOfRound(['a'], 3), ['a']);
  assert.deepEqual(orderOfRound([], 3), []);
});
