import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addStack, emptyTree } from '#src/measure/call-tree.js';
import { summariseTree } from '#src/measure/cpu-profile.js';
import { flameGraph } from '#src/report/profile/flame-graph.js';
import { functionText } from '#src/report/profile/function-text.js';
import { cpuProfileHtml } from '#src/report/profile/profile-html.js';

function sample() {
  const tree = emptyTree('ms');
  addStack(tree, [{ name: 'main', file: '/a/b/c/main.js', line: 3 }], 25);
  addStack(tree, [{ name: 'main', file: '/a/b/c/main.js', line: 3 }, { name: '<script>"evil"' }], 75);
  addStack(tree, [{ name: '(idle)' }], 900);
  return tree;
}

test('bars are as wide as their share of the time outside idling, callees below their callers', () => {
  const graph = flameGraph(sample());
  assert.match(graph, /y="0" width="100.000%"[^>]*data-name="main"/);
  assert.match(graph, /x="0.000%" y="18" width="75.000%"/);
  assert.match(graph, /main \(b\/c\/main.js:3\): 100 ms, 100 %/);
  assert.ok(!graph.includes('(idle)'));
});

test('no name of a function can become markup', () => {
  const html = cpuProfileHtml(summariseTree(sample(), 'x'), sample());
  assert.ok(!html.includes('<script>"evil"'));
  assert.match(html, /&lt;script&gt;&quot;evil&quot;/);
  assert.ok(!/(?:src|href)="https?:/.test(html), 'the page asks for nothing from elsewhere');
});

test('a profile of nothing but idling has no graph', () => {
  const tree = emptyTree('samples');
  addStack(tree, [{ name: '(idle)' }], 5);
  assert.equal(flameGraph(tree), '');
  assert.match(functionText(summariseTree(tree, 'x')), /0 samples outside idling/);
});

test('the table ranks functions by their own time', () => {
  const lines = functionText(summariseTree(sample(), 'x')).split('\n');
  assert.match(lines[0] ?? '', /CPU profile \(x\): 100 ms outside idling/);
  assert.match(lines[3] ?? '', /75 %\s+75 %\s+<script>"evil"/);
  assert.match(lines[4] ?? '', /25 %\s+100 %\s+main\s+b\/c\/main.js:3/);
});

test('a deep stack is drawn whole', () => {
  const tree = emptyTree('samples');
  addStack(
    tree,
    Array.from({ length: 2000 }, (_, depth) => ({ name: `f${depth}` })),
    1,
  );
  assert.match(flameGraph(tree), /data-name="f1999"/);
  assert.equal(summariseTree(tree, 'x').functions[0]?.name, 'f1999');
});
