import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FailedWait, Section } from '#src/replay/evidence-reader.js';
import { countUnguardedOverlaps, findOverlaps, shareWaits } from '#src/replay/section-analysis.js';

let operations = 0;

/** A section of one key that was asked for, entered and left at these times. */
function section(askNs: number, entryNs: number, exitNs: number, more: Partial<Section> = {}): Section {
  return { worker: 0, kind: 0, operation: ++operations, askNs, entryNs, exitNs, key: 1, ...more };
}

test('sections one after another do not overlap, even when one is entered the moment another is left', () => {
  assert.deepEqual(findOverlaps([]), []);
  assert.deepEqual(findOverlaps([section(0, 0, 10)]), []);
  assert.deepEqual(findOverlaps([section(0, 10, 20), section(0, 0, 10), section(5, 20, 30)]), []);
});

test('each section that begins inside another is one overlap, told with the one it met', () => {
  const long = section(0, 0, 100);
  const inside = section(0, 10, 20);
  const alsoInside = section(0, 50, 120);
  const found = findOverlaps([alsoInside, inside, long]);
  assert.deepEqual(
    found.map(({ first, second }) => [first, second]),
    [
      [long, inside],
      [long, alsoInside],
    ],
  );
});

test('a section that met a later one of a third is counted against the one that is still inside', () => {
  const [a, b, c] = [section(0, 0, 30), section(0, 20, 60), section(0, 40, 50)];
  assert.deepEqual(
    findOverlaps([a, b, c]).map(({ first, second }) => [first, second]),
    [
      [a, b],
      [b, c],
    ],
  );
});

test('sections that a lock kept apart would have overlapped, had each been let in when it asked', () => {
  const queue = [section(0, 0, 10), section(1, 10, 20), section(2, 20, 30)];
  assert.equal(findOverlaps(queue).length, 0);
  assert.equal(countUnguardedOverlaps(queue), 2);
  assert.equal(countUnguardedOverlaps([section(0, 0, 10), section(10, 10, 20)]), 0);
});

test('a wait is shared among those who held the lock meanwhile; what nobody held is nobody’s', () => {
  const first = section(0, 0, 10);
  const second = section(2, 12, 30);
  const third = section(5, 31, 40);
  const shares = shareWaits([third, first, second], [], 1);
  const of = (one: Section) => shares[[third, first, second].indexOf(one)];
  assert.deepEqual(of(first), { waiter: { kind: 0, key: 1 }, waitNs: 0, holders: [] });
  assert.deepEqual(of(second)?.holders, [{ section: first, ns: 8 }]);
  assert.equal(of(second)?.waitNs, 10);
  assert.deepEqual(of(third)?.holders, [
    { section: first, ns: 5 },
    { section: second, ns: 18 },
  ]);
  assert.equal(of(third)?.waitNs, 26);
});

test('a wait that ended without the lock is blamed like any other', () => {
  const holder = section(0, 0, 1_000);
  const failed: FailedWait = { worker: 1, kind: 3, operation: ++operations, askNs: 100, endNs: 600 };
  const share = shareWaits([holder], [failed], 1).find(({ waiter }) => waiter.kind === 3);
  assert.deepEqual(share, { waiter: { kind: 3, key: 1 }, waitNs: 500, holders: [{ section: holder, ns: 500 }] });
});

test('where keys share a guard, the waiter’s own key and the holder’s are both told', () => {
  const holder = section(0, 0, 10, { key: 7 });
  const waiter = section(0, 10, 20, { key: 8 });
  const [, share] = shareWaits([holder, waiter], [], 1);
  assert.equal(share?.waiter.key, 8);
  assert.equal(share?.holders[0]?.section.key, 7);
});
