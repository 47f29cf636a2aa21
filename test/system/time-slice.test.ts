import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const source = `
  import { execFileSync } from 'node:child_process';
  import { readFileSync } from 'node:fs';
  const { shortenTimeSlice } = await import(${JSON.stringify(import.meta.resolve('#src/system/time-slice.js'))});
  const sliceOf = (text) => Number(/^se\\.slice\\s*:\\s*(\\d+)/m.exec(text)?.[1]);
  const own = () => { try { return sliceOf(readFileSync('/proc/self/sched', 'utf8')); } catch { return undefined; } };
  const before = own();
  const shortened = await shortenTimeSlice();
  const after = own();
  const child = before === undefined ? undefined : sliceOf(execFileSync('cat', ['/proc/self/sched'], { encoding: 'utf8' }));
  console.log(JSON.stringify({ shortened, before, after, child }));
`;

test('the main thread gets a short slice where the kernel knows such, what it starts does not; elsewhere nothing changes', (context) => {
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8', timeout: 30_000 });
  assert.equal(run.status, 0, run.stderr);
  const { shortened, before, after, child } = JSON.parse(run.stdout);
  if (before === undefined || before === null) return context.skip('this kernel does not tell slices');
  if (shortened) {
    assert.equal(after, 100_000);
    assert.ok(before > after);
  } else {
    assert.equal(after, before);
  }
  assert.equal(child, before);
});
