import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../replay/bench-trace.js';
import { startCommand } from '../replay/command.js';

const trace = join(packageRoot, 'fixtures/orders-quiet.jsonl');

const refusals: [args: string[], why: RegExp][] = [
  [['profile', '--clinic', 'doctor'], /wants a node command to start/],
  [['profile', '--clinic', 'dr', '--', 'node'], /Allowed choices are doctor, flame, bubbleprof, heapprofiler/],
  [['profile', '--clinic', 'doctor', '--cpu', '--html', 'x', '--', 'node', 'x'], /leave out --cpu, --html/],
  [['profile', '--clinic-out', 'x', '1'], /want --clinic <tool>/],
  [['profile', '--clinic', 'flame', '--', 'sh', '-c', 'node x'], /sh is not node/],
  [['replay', trace, '--clinic-keep'], /want --clinic <tool>/],
  [['replay', trace, '--clinic', 'flame', '--rounds', '2'], /leave out --rounds/],
  [['replay', trace, trace, '--clinic', 'flame'], /one trace at a time/],
  [['replay', trace, '--clinic', 'flame', '--fault', 'restart-coordinator@1s'], /kills the coordinator/],
];

for (const [args, why] of refusals) {
  test(`refuses ${args.filter((word) => word !== trace).join(' ')}`, async (context) => {
    const { code, stderr, stdout } = await (await startCommand(context, args)).ended;
    assert.equal(code, 2);
    assert.match(stderr, why);
    assert.equal(stderr.trim().split('\n').length, 1);
    assert.equal(stdout, '');
  });
}
