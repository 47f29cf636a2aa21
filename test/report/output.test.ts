import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderHtml } from '#src/report/html.js';
import { renderMarkdown } from '#src/report/markdown.js';
import { render, terminalOptions } from '#src/report/output.js';
import { measured, reportOf } from './sample.js';

const terminals: [
  title: string,
  stdout: { isTTY?: boolean; columns?: number },
  env: Record<string, string>,
  color: boolean,
  width: number,
][] = [
  ['a terminal', { isTTY: true, columns: 90 }, {}, true, 90],
  ['a terminal with NO_COLOR', { isTTY: true, columns: 90 }, { NO_COLOR: '1' }, false, 90],
  ['a terminal with an empty NO_COLOR', { isTTY: true, columns: 90 }, { NO_COLOR: '' }, true, 90],
  ['a dumb terminal', { isTTY: true, columns: 80 }, { TERM: 'dumb' }, false, 80],
  ['a pipe', {}, {}, false, 140],
];
for (const [title, stdout, env, color, width] of terminals) {
  test(`${title} is written to ${color ? 'in colour' : 'without colour'}, ${width} columns wide`, () => {
    assert.deepEqual(terminalOptions(stdout, env), { color, width });
  });
}

test('the conclusion names those that left processes running', () => {
  const leaver = measured({ label: 'a' });
  const forward = { figures: {}, counts: {}, gauges: { workersLeft: 2 }, notes: [], histograms: {} };
  const report = reportOf([{ ...leaver, workload: { forward } }, measured({ label: 'b' })]);
  assert.match(
    render(report, 'table', { color: false, width: 300 }),
    /Left processes running when it was closed: a \(2\)\./,
  );
});

test('injected faults and incidents are told in every format', () => {
  const result = measured({ label: 'a' });
  const fault = {
    kind: 'kill-holder',
    requested: 'kill-holder@1s',
    atMs: 1000,
    target: 'orders-1',
    recoveryMs: null,
    operationsLost: 7,
    text: 'orders-1 was killed holding k',
  };
  const rounds = result.rounds.map((round) => ({ ...round, incidents: ['orders-1 died at 1.0 s'] }));
  const report = reportOf([{ ...result, faults: [fault], rounds }]);
  for (const text of [
    render(report, 'table', { color: false, width: 120 }),
    renderMarkdown(report),
    renderHtml(report),
  ]) {
    assert.ok(text.includes('kill-holder@1s') && text.includes('never'));
    assert.ok(text.includes('orders-1 died at 1.0 s') && text.includes('orders-1 was killed holding k'));
  }
});
