import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addStack, busyWeight, emptyTree, functionCosts } from '#src/measure/call-tree.js';
import { restoreTree, storeTree } from '#src/measure/stored-tree.js';

const frames = (text: string) => text.split(' ').map((name) => ({ name, file: `/${name}.js`, line: 3 }));

function sample() {
  const tree = emptyTree('ms');
  addStack(tree, frames('main order encode'), 30);
  addStack(tree, frames('main order'), 10);
  addStack(tree, frames('main idle main'), 5);
  return tree;
}

test('a tree is the same after it was stored', () => {
  const restored = restoreTree([JSON.parse(JSON.stringify(storeTree(sample())))]);
  assert.deepEqual(restored, sample());
});

test('each function is stored once', () => {
  assert.equal(storeTree(sample()).frames.length, 4);
});

test('trees of several rounds add up', () => {
  const stored = storeTree(sample());
  const [encode] = functionCosts(restoreTree([stored, stored]));
  assert.equal(encode?.name, 'encode');
  assert.equal(encode.self, 60);
});

test('what nobody could see is added to its caller, so that nothing is lost', () => {
  const tree = sample();
  addStack(tree, frames('main order tiny tinier'), 0.001);
  const stored = storeTree(tree);
  assert.ok(!stored.frames.some(({ name }) => name.startsWith('tin')));
  assert.equal(busyWeight(restoreTree([stored])).toFixed(3), '45.001');
});

test('nothing seen gives an empty tree', () => {
  assert.deepEqual(restoreTree([storeTree(emptyTree('samples'))]), emptyTree('samples'));
  assert.deepEqual(restoreTree([]), emptyTree('ms'));
});
