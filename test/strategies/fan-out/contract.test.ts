import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CycleCheck } from '#src/replay/forward/cycle-check.js';
import { runningProcesses } from '#src/strategies/fan-out/started-processes.js';
import { capabilitiesOf, listStrategies, loadStrategy } from '#src/strategies/index.js';

const miners = [1, 900, 3, 20, 2].map((delayMs, index) => ({ delayMs, rows: 3, floats: 2, fails: index === 2 }));
const timeoutMs = 900;

const able = (await listStrategies()).filter((strategy) => capabilitiesOf(strategy).includes('fan-out'));

test('there are strategies that fan out', () => {
  assert.ok(able.length >= 3);
});

/** The example of docs/writing-a-strategy.md. */
const example = fileURLToPath(new URL('../../../../test/fixtures/thread-per-cycle.mjs', import.meta.url));

for (const name of [...able.map((strategy) => strategy.name), example])
  test(`${basename(name)} validates every answer once, keeps their order, aborts, closes twice and leaves nobody behind`, async (context) => {
    const directory = await mkdtemp(join(tmpdir(), 'ipcbench-test-'));
    const { strategy, options } = await loadStrategy(name);
    assert.deepEqual(strategy.coordinators(options), []);
    const ownDirectory = join(directory, 'own');
    await mkdir(ownDirectory);
    const given = { options, process: 'main', addresses: {}, directory, ownDirectory, secret: 's', structures: [] };
    const { fanOut, close } = await strategy.connect(given);
    context.after(async () => {
      await close();
      await rm(directory, { recursive: true });
    });
    assert.ok(fanOut !== undefined);
    for (let cycle = 0; cycle < 2; cycle++) {
      const check = new CycleCheck(miners, timeoutMs);
      const asked = { timeoutMs, seed: cycle, miners, validate: check.validate.bind(check) };
      const tally = check.finish(await fanOut.forward(asked, {}));
      assert.deepEqual(
        [...tally.answers.values()].filter(({ right }) => !right),
        [],
      );
      const { valid, invalid, timedOut, rows } = tally.digest;
      assert.deepEqual([valid, invalid, timedOut, rows], [3, 1, 1, 12]);
    }
    const abort = new AbortController();
    const aborted = { timeoutMs: 60_000, seed: 1, miners: [{ ...miners[0], delayMs: 50_000 }], validate: () => {} };
    const pending = fanOut.forward(aborted as Parameters<typeof fanOut.forward>[0], { signal: abort.signal });
    abort.abort();
    await assert.rejects(pending, { code: 'ABORTED' });
    await Promise.all([close(), close()]);
    assert.deepEqual(runningProcesses(ownDirectory), []);
    assert.deepEqual(await readdir(directory), ['own']);
    const left = await readdir(ownDirectory);
    assert.deepEqual(left, name === example ? [] : ['started']);
  });
