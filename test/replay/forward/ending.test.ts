import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { isMeasured } from '#src/report/model.js';
import { folder, headerOf, strategyOf, writeTrace } from '../bench-trace.js';
import {
  type Command,
  processesOf,
  readOrEmpty,
  readReport,
  startReplay,
  until,
  untilNothingIsLeft,
} from '../command.js';

const header = headerOf([{ name: 'validator' }], {
  templates: {
    forward: [
      { do: 'forward', timeoutMs: 120_000, miners: { count: 4, delay: { minMs: 90_000, maxMs: 90_000 }, rows: 1 } },
    ],
  },
});

const pidsOf = (command: Command, program: string): number[] =>
  processesOf(command)
    .map(({ pid }) => pid)
    .filter((pid) => readOrEmpty(`/proc/${pid}/cmdline`).includes(`/${program}.js`));

for (const [signal, target] of [
  ['SIGTERM', 'replay'],
  ['SIGKILL', 'replay'],
  ['SIGTERM', 'worker'],
  ['SIGKILL', 'worker'],
] as const)
  test(`${signal} to the ${target} in the middle of a cycle leaves no worker of the pool`, async (context) => {
    const trace = await writeTrace(context, header, [{ at: 0, op: 'forward', process: 'validator' }]);
    const command = await startReplay(context, [trace, '-s', 'forward-after:processes=2,import-ms=0', '--drain', '1s']);
    await until('a pool', () => pidsOf(command, 'pool-worker').length === 2, 60_000);
    const [worker = 0] = pidsOf(command, 'replay/worker');
    assert.ok(worker > 0);
    process.kill(target === 'replay' ? (command.child.pid ?? 0) : worker, signal);
    await command.ended;
    await untilNothingIsLeft(command);
  });

test('what the pool of a killed main process left running is counted, though nothing else of its cycles is known', async (context) => {
  const trace = await writeTrace(context, header, [{ at: 0, op: 'forward', process: 'validator' }]);
  const file = join(await folder(context), 'report.json');
  const args = [trace, '-s', 'forward-after:processes=2,import-ms=0', '--drain', '1s', '--report', file];
  const command = await startReplay(context, args);
  await until('a pool', () => pidsOf(command, 'pool-worker').length === 2, 60_000);
  process.kill(pidsOf(command, 'replay/worker')[0] ?? 0, 'SIGKILL');
  await command.ended;
  const [result] = readReport(file).results;
  assert.ok(result !== undefined && isMeasured(result));
  assert.deepEqual(result.workload.forward?.gauges, { workersLeft: 0 });
  assert.deepEqual(result.workload.forward?.figures, {});
});

test('a process that a strategy leaves behind is ended and told, and fails the condition on it: nothing was left unmeasured', async (context) => {
  const step = { do: 'forward' as const, timeoutMs: 1000, miners: [{ delayMs: 1, rows: 1, floats: 1 }] };
  // A closed loop that mostly waits: however loaded the machine, the generator is not what is judged.
  const steps = [step, { do: 'wait' as const, ms: 1000 }];
  const trace = await writeTrace(context, header, [{ at: 0, op: 'forward', process: 'validator', steps }]);
  const load = ['--closed', '--concurrency', '1'];
  const file = join(await folder(context), 'report.json');
  const args = [trace, '-s', strategyOf('leaver'), '--fail-on', 'workersLeft>0', '--report', file, ...load];
  const command = await startReplay(context, args);
  const { code, stdout, stderr } = await command.ended;
  assert.equal(code, 1, stderr);
  assert.match(stdout, /1 process of the strategy's own ran on after it was closed/);
  const [result] = readReport(file).results;
  assert.ok(result !== undefined && isMeasured(result));
  assert.equal(result.state, 'complete', result.reason);
  assert.equal(result.workload.forward?.gauges.workersLeft, 1);
  await untilNothingIsLeft(command);
});
