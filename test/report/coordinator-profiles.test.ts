import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addStack, emptyTree } from '#src/measure/call-tree.js';
import type { CoordinatorProfile } from '#src/measure/coordinator-profile.js';
import { summariseTree } from '#src/measure/cpu-profile.js';
import type { ProcessProfile } from '#src/measure/profile.js';
import { storeTree } from '#src/measure/stored-tree.js';
import { renderProfiles } from '#src/report/coordinator-profile-text.js';
import { profiledCoordinators } from '#src/report/coordinator-profiles.js';
import { renderHtml } from '#src/report/html.js';
import { measured, reportOf } from './sample.js';

function processAt(cpu: number): ProcessProfile {
  const percent = { mean: cpu, p95: cpu, max: cpu };
  return {
    pid: 7,
    parentPid: 1,
    name: 'node',
    command: 'node',
    kind: { name: 'node', runtime: 'threads', because: 'its executable is node' },
    state: 'running',
    measuredMs: 5000,
    cpuPercent: percent,
    userPercent: cpu,
    systemPercent: 0,
    busiestThread: { id: 7, name: 'node' },
    busiestThreadPercent: percent,
    rssBytes: { first: 5e7, last: 6e7, max: 6e7, growthPerMinute: 1.2e8 },
    threads: { last: 11, max: 11 },
    unreadable: [{ what: 'listening sockets', why: 'they belong to root' }],
    verdict: 'healthy',
    saturated: false,
    reasons: [`it used ${cpu} %`],
    advice: [],
    series: [],
  };
}

function round(number: number, cpu: number, hot: string): CoordinatorProfile {
  const tree = emptyTree('ms');
  addStack(tree, [{ name: 'serve' }, { name: hot }], 10);
  const summary = summariseTree(tree, 'inspector', ['a note']);
  return {
    coordinator: 'manager',
    round: number,
    process: processAt(cpu),
    cpu: { state: 'taken', summary, tree: storeTree(tree) },
  };
}

const reportWith = (profiles: CoordinatorProfile[]) => reportOf([{ ...measured({ label: 'lock-pool' }), profiles }]);
const options = { color: false, width: 140 };

test('of several rounds the busiest is shown, and their CPU profiles together', () => {
  const [manager, ...others] = profiledCoordinators(reportWith([round(1, 20, 'encode'), round(2, 60, 'decode')]));
  assert.deepEqual(others, []);
  assert.equal(manager?.name, 'lock-pool manager');
  assert.equal(manager.process?.cpuPercent.mean, 60);
  assert.equal(manager.cpu?.summary.busy, 20);
  assert.deepEqual(manager.cpu.summary.functions.map(({ name }) => name).sort(), ['decode', 'encode', 'serve']);
  assert.deepEqual(manager.faults, ['a note']);
});

test('what could not be read or had is said in words, and is no 0', () => {
  const reason = 'profiling process 7 needs perf';
  const text = renderProfiles(
    reportWith([
      { coordinator: 'redis', round: 1, process: processAt(5), cpu: { state: 'failed', reason } },
      { coordinator: 'gone', round: 1, reason: 'there is no process 9' },
    ]),
    options,
  );
  assert.match(text, /lock-pool redis +5 % .* – .*\+10 MB +11 +– +– +healthy/);
  assert.match(
    text,
    /listening sockets not readable: they belong to root; no CPU profile: profiling process 7 needs perf/,
  );
  assert.match(text, /lock-pool gone: it could not be watched: there is no process 9/);
});

test('a report without profiles has no such part', () => {
  const report = reportOf([measured({ label: 'lock-pool' })]);
  assert.equal(renderProfiles(report, options), '');
  assert.doesNotMatch(renderHtml(report), /profiled while/);
});

test('names of functions become neither markup nor script on the page', () => {
  const page = renderHtml(reportWith([round(1, 5, '</title><img src=x>')]));
  assert.doesNotMatch(page, /<img/);
});
