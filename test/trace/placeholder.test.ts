import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillAmount, fillText, placeholderPattern, placeholdersOf, soleName } from '#src/trace/placeholder.js';

for (const [text, fields, item, filled] of [
  ['plain', {}, undefined, 'plain'],
  ['', {}, undefined, ''],
  ['{a}', { a: 1 }, undefined, '1'],
  ['{a}|{b}|{a}', { a: 'x', b: '' }, undefined, 'x||x'],
  ['{a}', { a: '{b}', b: 'no' }, undefined, '{b}'],
  ['{item}/{a}', { a: 'x', item: 'no' }, 'k', 'k/x'],
  ['{"a":1}', { '"a":1': 'no' }, undefined, '{"a":1}'],
  ['{ a } {} {1} {{a}}', { a: 'x' }, undefined, '{ a } {} {1} {x}'],
  ['{toString}', {}, undefined, '{toString}'],
] as const) {
  test(`"${text}" with ${JSON.stringify(fields)} reads "${filled}"`, () => {
    assert.equal(fillText(text, fields, item), filled);
  });
}

test('placeholders are found in order, by name and by pattern', () => {
  assert.deepEqual(placeholdersOf('{a}|{b-c}|{a} { x }'), ['a', 'b-c', 'a']);
  assert.deepEqual('{a}{b}'.split(placeholderPattern()), ['', 'a', '', 'b', '']);
});

test('an amount is a number or a field as a whole', () => {
  assert.equal(soleName('{ms}'), 'ms');
  assert.equal(soleName('1{ms}'), undefined);
  assert.equal(fillAmount(3, {}), 3);
  assert.equal(fillAmount('{ms}', { ms: 2.5 }), 2.5);
});
