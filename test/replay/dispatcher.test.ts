import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { clockFrom, monotonicNs } from '#src/measure/clock.js';
import { startAlarm } from '#src/replay/alarm/alarm.js';
import { Dispatcher } from '#src/replay/dispatcher.js';
import type { Environment } from '#src/replay/environment.js';
import type { WorkerSetup } from '#src/replay/messages.js';
import { every, folder, headerOf, look, measured, plainHeader, replayed, strategyOf } from './bench-trace.js';

test('a chain whose operation never ends is told as such: the generator was not late with what never became due', async (context) => {
  const chained = (key: string, when: { at: number } | { after: number }) => ({ ...when, ...look(key), chain: 'c' });
  const operations = [
    chained('a', { at: 0 }),
    ...['a', 'never', 'a', 'a', 'a'].map((key) => chained(key, { after: 1 })),
  ];
  const strategies = [strategyOf('moody')];
  const result = measured(await replayed(context, plainHeader, operations, { strategies, drainMs: 300 }));
  assert.equal(result.reason, 'worker p0 gave up: nothing ended for 0.3 s, and 3 operations were never sent');
  assert.deepEqual([result.operations.look?.count, result.operations.look?.unfinished], [3, 1]);
  assert.equal(result.generator.sendRatio, 1);
});

test('what was due when a part was stopped from outside is unfinished, and not held against the generator', async (context) => {
  const openFile = join(await folder(context), 'open');
  await writeFile(
    openFile,
    every(10, 5, () => look('a'))
      .map((line) => `${JSON.stringify(line)}\n`)
      .join(''),
  );
  const clock = clockFrom(monotonicNs());
  const alarm = await startAlarm(clock);
  context.after(() => alarm.close());
  const header = headerOf([{ name: 'p0' }]);
  const setup = { header, openFile, loops: [], kinds: ['look'], speed: 1, index: 0 } as unknown as WorkerSetup;
  const dispatcher = new Dispatcher({ clock, alarm } as Environment, setup);
  context.after(() => dispatcher.close());
  await dispatcher.prepare();
  dispatcher.stop();
  const segment = { kind: 'segment', fromMs: 0, toMs: 50, drainMs: 100, chainsGoOn: true } as const;
  await dispatcher.run({ ...segment, startNs: clock.nowNs() - 1e9 }, () => {});
  assert.deepEqual([dispatcher.sent, dispatcher.unsent, dispatcher.givenUp, dispatcher.stalled], [0, 0, 0, false]);
  assert.equal(dispatcher.recorders.get('look')?.outcome().unfinished, 5);
});
