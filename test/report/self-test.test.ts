import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConditions } from '#src/report/condition.js';
import { selfTest } from '#src/report/self-test.js';
import { measured, reportOf } from './sample.js';

const base = reportOf([
  measured({ label: 'single-manager', medianMs: 900, rounds: 3 }),
  measured({ label: 'lock-pool', medianMs: 260, rounds: 3 }),
]);
const tried = (text: string, options = {}) => selfTest(parseConditions([text]), base, options)[0];

test('a condition that guards something tells from which worsening on it fails', () => {
  assert.deepEqual([tried('p99>100s')?.canFail, tried('p99>100s')?.failsAt], [true, 100]);
  assert.equal(tried('[lock-pool]p99>0.5x')?.failsAt, 2);
  assert.equal(tried('overlaps>0')?.failsAt, 1.05);
  assert.equal(tried('throughput<10')?.failsAt, 5);
  assert.equal(tried('cpu>80%')?.failsAt, 3);
});

test('one that fails on the base already is told', () => {
  assert.match(tried('p99>1ms')?.text ?? '', /fails already on the base/);
});

for (const text of [
  'throughput<0',
  'cpu>300%',
  'p50>99999h',
  '[single-manager]p99<1ms',
  'p99>+10%',
  'order.errors>10k',
]) {
  test(`"${text}" can never fail, and that is told`, () => {
    const options = text.includes('+') ? { bases: [base] } : {};
    assert.equal(tried(text, options)?.canFail, false);
    assert.match(tried(text, options)?.text ?? '', /can NEVER fail/);
  });
}

test('a change between runs can fail once there are three base reports, or both sides in one run', () => {
  assert.equal(tried('p99>+10%', { bases: [base, base, base] })?.canFail, true);
  assert.equal(tried('[lock-pool]p99>+10%', { within: 'single-manager' })?.canFail, true);
});
