import assert from 'node:assert/strict';
import { test } from 'node:test';
import { every, headerOf, measured, replayed } from './bench-trace.js';

test('a coordinator on TCP that was killed is started again where it was, and its clients find it', async (context) => {
  const operations = every(20, 250, (index) => ({ op: 'order', process: 'p0', fields: { key: `k${index % 7}` } }));
  const run = await replayed(context, headerOf([{ name: 'p0' }]), operations, {
    strategies: ['lock-pool:transport=tcp'],
    faults: ['restart-coordinator@300ms'],
  });
  const [fault] = measured(run).faults;
  assert.match(fault?.text ?? '', /started again/);
  const { count, errors, timeouts, unfinished } = measured(run).operations.order ?? assert.fail('no order');
  const lost = errors + timeouts + unfinished;
  assert.equal(count, 250);
  assert.ok(lost < 240, `${lost} of ${count} were lost`);
  assert.equal(fault?.operationsLost, lost);
  assert.notEqual(fault.recoveryMs, null);
});
