import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareReports } from '#src/report/comparison.js';
import { comparisonMarkdown, renderComparison } from '#src/report/comparison-table.js';
import { renderHtml } from '#src/report/html.js';
import { renderMarkdown } from '#src/report/markdown.js';
import { renderText } from '#src/report/text.js';
import { measured, reportOf, usualReport } from './sample.js';

test('it starts with the conclusion and holds the table, the phases, blame and settings', () => {
  const text = renderMarkdown(usualReport());
  assert.match(text, /^## ipcbench: orders-incident\n\nlock-pool is the one to move to/);
  assert.match(text, /^\| single-manager \| 3,000 \|.*\| baseline \|/m);
  for (const part of ['Where the time of order goes', 'Who waited for whom', 'Settings and host', 'What went wrong'])
    assert.ok(text.includes(part), part);
});

test('every table has as many cells in each row as in its header', () => {
  const blocks = renderMarkdown(usualReport())
    .split('\n\n')
    .filter((block) => block.startsWith('|'));
  assert.ok(blocks.length >= 5);
  for (const block of blocks) {
    const widths = block.split('\n').map((line) => line.replaceAll('\\|', '').split('|').length);
    assert.equal(new Set(widths).size, 1, block);
  }
});

test('names cannot break out of their cell or become markup', () => {
  const text = renderMarkdown(reportOf([measured({ label: 'a|b<script>*_`\nc' })]));
  assert.ok(text.includes('| a\\|b&lt;script&gt;\\*\\_\\` c |'));
  assert.ok(!text.includes('<script>'));
});

/** Control characters but line breaks and tabs; a page's scripts are its own. */
function controlsIn(output: string): string[] {
  const units = output.replaceAll(/<script>.*?<\/script>/gs, '').match(/\p{Cc}/gu) ?? [];
  return units.filter((unit) => unit !== '\n' && unit !== '\t');
}

test('what a terminal obeys in a name is never written', () => {
  const report = reportOf([measured({ label: 'a\u001b[31mb\u009b2Jc', safety: 'unsafe' })]);
  const outputs = [
    renderMarkdown(report),
    renderText(report, { color: false, width: 140, details: true }),
    renderHtml(report),
  ];
  for (const output of outputs) {
    assert.deepEqual(controlsIn(output), []);
    assert.match(output.replaceAll(/[\s|]/g, ''), /a�\\?\[31mb�2Jc/);
  }
  const compared = compareReports([report], report);
  for (const output of [comparisonMarkdown(compared), renderComparison(compared, { color: false, width: 140 })])
    assert.deepEqual(controlsIn(output), []);
});

test('recorded against replayed and a sweep are shown where the report has them', () => {
  const result = measured({ label: 'lock-pool:size=1' });
  const { order } = result.operations;
  assert.ok(order !== undefined);
  const report = reportOf([{ ...result, operations: { order: { ...order, recordedMs: order.responseMs } } }], {
    recorded: { verdict: 'reproduced', text: 'It took as long then.' },
    sweep: { strategy: 'lock-pool', option: 'size', points: [{ label: 'lock-pool:size=1', value: 1 }] },
  });
  const text = renderMarkdown(report);
  assert.match(
    text,
    /\*\*Recorded against replayed: reproduced\.\*\* It took as long then\.\n\n\| strategy \| recorded p50/,
  );
  assert.match(text, /\*\*lock-pool by size\*\*\n\n\| size \|/);
});

test('a sweep has a bar for each value, its knee is marked and told, and what was not measured stays in its place', () => {
  const sizes: [value: number, medianMs: number][] = [
    [16, 800],
    [64, 150],
    [256, 140],
  ];
  const results = sizes.map(([value, medianMs]) =>
    measured({ label: `lock-pool:size=${value}`, medianMs, spread: 0.05 }),
  );
  const points = [...sizes, [1024, 0] as const].map(([value]) => ({ label: `lock-pool:size=${value}`, value }));
  const text = renderMarkdown(reportOf(results, { sweep: { strategy: 'lock-pool', option: 'size', points } }));
  const bars = [...text.matchAll(/(█+)/g)].map((match) => match[1]?.length ?? 0);
  assert.deepEqual([bars.length, bars[0]], [3, 16]);
  assert.ok((bars[1] ?? 0) < 6);
  assert.match(text, /^\| 64 \(knee\) \| .* ms \|/m);
  assert.match(text, /^\| 1024 \| not measured \|/m);
  assert.match(
    text,
    /The knee is at size=64 \(p99 .*\): there the curve bends most\. p99 is .* at \d+ and .* at \d+\./,
  );
});

test('a report of 20 strategies fits a pull-request comment', () => {
  const many = Array.from({ length: 20 }, (_, index) => measured({ label: `strategy-number-${index}`, count: 100 }));
  assert.ok(Buffer.byteLength(renderMarkdown(reportOf(many))) < 65_536);
});
