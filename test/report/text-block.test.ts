import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsWithin, visibleWidth } from '#src/report/text-block.js';

const header = ['strategy', 'wait p50', 'p99', 'max', 'hits', 'memory'];
const rows = [
  ['a', '10 ms', '20 ms', '30 ms', '25 %', '13.9 MB'],
  ['submit-index', '1 ms', '2 ms', '3 ms', '–', '–'],
];
const isLevel = (title: string): boolean => title === 'p99' || title === 'max';
const titlesOf = (text: string): string[][] =>
  text.split('\n\n').map((table) => (table.split('\n')[0] ?? '').split(/ {2,}/));

test('a table that fits stays one', () => {
  assert.deepEqual(titlesOf(columnsWithin(120, header, rows, isLevel)), [header]);
});

test('one that does not is broken between figures, never within one, and each part names its rows', () => {
  const text = columnsWithin(40, header, rows, isLevel);
  assert.deepEqual(titlesOf(text), [
    ['strategy', 'wait p50', 'p99', 'max'],
    ['strategy', 'hits', 'memory'],
  ]);
  for (const line of text.split('\n')) assert.ok(visibleWidth(line) <= 40, line);
  assert.equal(text.match(/^submit-index/gm)?.length, 2);
});

test('what is wider than all there is stands alone', () => {
  assert.deepEqual(titlesOf(columnsWithin(10, header, rows, isLevel)), [
    ['strategy', 'wait p50', 'p99', 'max'],
    ['strategy', 'hits'],
    ['strategy', 'memory'],
  ]);
});
