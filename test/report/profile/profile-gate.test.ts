import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isIpcbenchError } from '#src/errors.js';
import type { ProcessProfile, Profile } from '#src/measure/profile.js';
import { judgeProfile, parseProfileCondition, profileExitCode } from '#src/report/profile/profile-gate.js';

type Change = Partial<Pick<ProcessProfile, 'verdict' | 'saturated' | 'runQueueWaitPercent'>> & {
  cpu?: number;
  rss?: number;
};

function profileOf(...changes: Change[]): Profile {
  const processes = changes.map(({ cpu = 60, rss = 2e9, ...rest }, index) => ({
    pid: 10 + index,
    name: 'server',
    verdict: 'overloaded',
    saturated: false,
    runQueueWaitPercent: { mean: 1, p95: 1, max: 1 },
    cpuPercent: { mean: cpu, p95: cpu, max: cpu },
    rssBytes: { first: rss, last: rss, max: rss, growthPerMinute: 0 },
    ...rest,
  }));
  return { durationMs: 10_000, processes } as unknown as Profile;
}

const codeOf = (condition: string, ...changes: Change[]): number =>
  profileExitCode(judgeProfile(profileOf(...changes), [parseProfileCondition(condition)]));

const cases: [condition: string, exitCode: number, ...changes: Change[]][] = [
  ['cpu>80%', 0, {}],
  ['cpu>50%', 1, {}],
  ['rss>1GB', 1, {}],
  ['rss>3GB', 0, {}],
  ['overloaded', 1, {}],
  ['overloaded', 1, { verdict: 'severe' }],
  ['overloaded', 0, { verdict: 'starved' }],
  ['severe', 0, {}],
  ['severe', 1, { verdict: 'severe' }],
  ['starved', 1, { verdict: 'starved' }],
  ['saturated', 1, { saturated: true }],
  ['saturated', 0, {}],
  ['cpu>80%', 1, {}, { cpu: 90 }],
  ['cpu>1%', 3, { verdict: 'unknown' }],
  ['cpu>80%', 0, {}, { verdict: 'unknown', cpu: 99 }],
];

for (const [condition, exitCode, ...changes] of cases) {
  test(`${condition} on ${JSON.stringify(changes)} ends with ${exitCode}`, () => {
    assert.equal(codeOf(condition, ...changes), exitCode);
  });
}

test('a verdict that rests on a run-queue wait nobody can read is undecided', () => {
  const profile = profileOf({ verdict: 'healthy' });
  const [process] = profile.processes;
  delete process?.runQueueWaitPercent;
  assert.equal(profileExitCode(judgeProfile(profile, [parseProfileCondition('starved')])), 4);
});

test('a process that ended while it was watched passes no condition', () => {
  const ended: Profile = { ...profileOf({}), state: 'ended' };
  assert.equal(profileExitCode(judgeProfile(ended, [parseProfileCondition('cpu>80%')])), 3);
  assert.equal(profileExitCode(judgeProfile(ended, [])), 0);
});

test('no condition is no failure', () => {
  assert.equal(profileExitCode([]), 0);
});

for (const text of ['p99>200ms', 'cpu>0.5x', 'rss>+10%', '[x]cpu>1%', 'cpu', 'nonsense', 'cpu>80MB']) {
  test(`the condition ${text} is refused`, () => {
    assert.throws(
      () => parseProfileCondition(text),
      (error) => isIpcbenchError(error, 'BAD_CONDITION'),
    );
  });
}
