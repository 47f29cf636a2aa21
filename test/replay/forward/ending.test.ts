import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerOf, writeTrace } from '../bench-trace.js';
import { type Command, processesOf, readOrEmpty, startReplay, until, untilNothingIsLeft } from '../command.js';

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
