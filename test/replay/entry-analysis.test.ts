import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findLostUpdates, findStaleReads } from '#src/replay/entry-analysis.js';
import type { Commit, Read } from '#src/replay/evidence-reader.js';

function commit(mark: number, n: number, startNs: number, endNs: number, locks: number[] = [1]): Commit {
  return { worker: mark, kind: 0, operation: mark, mark, startNs, endNs, n, locks };
}

function read(by: number, n: number, startNs: number, operation = 99): Read {
  return { worker: 9, kind: 0, operation, startNs, endNs: startNs + 1, by, n };
}

test('writes that each stored what they read plus one lose nothing', () => {
  assert.deepEqual(findLostUpdates([], []), []);
  assert.deepEqual(findLostUpdates([commit(2, 2, 20, 30), commit(1, 1, 0, 10), commit(3, 3, 40, 50)], []), []);
});

test('a version that was stored twice is a lost update, the later write being the one that erased', () => {
  const [first, second] = [commit(1, 1, 0, 10), commit(2, 1, 5, 12)];
  assert.deepEqual(findLostUpdates([second, first], []), [{ first, second, underLocked: false }]);
});

test('of three writes of one version two are lost', () => {
  assert.equal(findLostUpdates([commit(1, 4, 0, 1), commit(2, 4, 1, 2), commit(3, 4, 2, 3)], []).length, 2);
});

test('writers without a lock in common are the trace’s fault', () => {
  const under = (a: number[], b: number[]): boolean | undefined =>
    findLostUpdates([commit(1, 1, 0, 10, a), commit(2, 1, 5, 12, b)], [])[0]?.underLocked;
  assert.equal(under([1], [2]), true);
  assert.equal(under([], []), true);
  assert.equal(under([1, 2], [3, 2]), false);
});

test('who goes on in good faith from an old version that someone under another lock put back has erased nothing', () => {
  const [btc, eth] = [[1], [2]];
  // Under ETH, 3 and 4 build on version 4 while 1 and 2 have stored 5 and 6 under BTC; then 5, under BTC, reads what 4 stored.
  const [one, two] = [commit(1, 5, 10, 11, btc), commit(2, 6, 12, 13, btc)];
  const [three, four] = [commit(3, 5, 20, 21, eth), commit(4, 6, 22, 23, eth)];
  const five = commit(5, 7, 30, 31, btc);
  const six = commit(6, 6, 40, 41, btc);
  const reads = [read(90, 4, 5, 3), read(3, 5, 21, 4), read(4, 6, 25, 5), read(3, 5, 35, 6)];
  const lost = findLostUpdates([one, two, three, four, five, six], reads);
  assert.deepEqual(
    lost.map(({ first, second, underLocked }) => [first.mark, second.mark, underLocked]),
    [
      [1, 3, true],
      [2, 4, true],
      [2, 6, true],
    ],
  );
});

test('of two writes that overlapped, the one under the other lock may have come last', () => {
  const [first, other, later] = [commit(1, 2, 10, 14, [1]), commit(2, 1, 11, 13, [2]), commit(3, 2, 20, 21, [1])];
  const [lost] = findLostUpdates([first, other, later], [read(0, 0, 5, 2), read(2, 1, 15, 3)]);
  assert.deepEqual([lost?.first, lost?.second, lost?.underLocked], [first, later, true]);
});

test('a write under the right lock that read too old a version is the strategy’s fault', () => {
  const reads = [read(1, 1, 11, 2), read(1, 1, 15, 3)];
  const [lost] = findLostUpdates([commit(1, 1, 0, 10), commit(2, 2, 13, 14), commit(3, 2, 17, 18)], reads);
  assert.deepEqual([lost?.first.mark, lost?.second.mark, lost?.underLocked], [2, 3, false]);
});

test('an operation that writes twice builds on itself', () => {
  const twice = { ...commit(2, 2, 20, 21), operation: 1 };
  assert.deepEqual(findLostUpdates([commit(1, 1, 0, 10), twice], [read(0, 0, -5, 1)]), []);
});

test('a read of the newest complete version is fresh, whoever wrote it', () => {
  const commits = [commit(1, 1, 0, 10), commit(2, 2, 20, 30)];
  assert.deepEqual(findStaleReads([read(0, 0, 5), read(1, 1, 15), read(2, 2, 31)], commits, 0), []);
  assert.deepEqual(findStaleReads([], commits, 0), []);
  assert.deepEqual(findStaleReads([read(0, 0, 5)], [], 0), []);
});

test('a read during a write may see either version', () => {
  const commits = [commit(1, 1, 0, 10), commit(2, 2, 20, 30)];
  assert.deepEqual(findStaleReads([read(1, 1, 25), read(2, 2, 25)], commits, 0), []);
});

test('a read that saw a version replaced before it began is stale, and says for how long', () => {
  const [old, newer] = [commit(1, 1, 0, 10), commit(2, 2, 20, 30)];
  const late = read(1, 1, 70);
  assert.deepEqual(findStaleReads([late], [old, newer], 0), [{ read: late, newer, ageNs: 40 }]);
});

test('the initial version is stale as soon as anything was written', () => {
  assert.equal(findStaleReads([read(0, 0, 40)], [commit(1, 1, 0, 10)], 0).length, 1);
});

test('a read may be as old as the strategy says', () => {
  const commits = [commit(1, 1, 0, 10), commit(2, 2, 20, 30)];
  assert.equal(findStaleReads([read(1, 1, 70)], commits, 40).length, 0);
  assert.equal(findStaleReads([read(1, 1, 70)], commits, 39).length, 1);
});

test('a write that overlapped the seen one proves nothing: either may have come last', () => {
  const commits = [commit(1, 1, 0, 25), commit(2, 1, 20, 30)];
  assert.deepEqual(findStaleReads([read(1, 1, 70)], commits, 0), []);
});

test('a version whose writer never wrote it down proves nothing', () => {
  assert.deepEqual(findStaleReads([read(77, 5, 70)], [commit(1, 1, 0, 10)], 0), []);
});
