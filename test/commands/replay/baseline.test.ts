import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { chooseBaseline } from '#src/commands/replay/baseline.js';
import { addReplayOptions } from '#src/commands/replay/flags.js';
import { measured, missing } from '../../report/sample.js';

for (const [ran, expected] of [
  [['lock-pool', 'single-manager'], 'single-manager'],
  [['submit-index', 'submit-scan:gate=shared'], 'submit-scan:gate=shared'],
  [['lock-pool+forward-after', 'lock-pool+forward-before'], 'lock-pool+forward-before'],
  [['file-locks', 'lock-pool'], 'file-locks'],
] as const)
  test(`of ${ran.join(' and ')} the baseline is ${expected}`, () => {
    const results = ran.map((label) => measured({ label }));
    assert.equal(chooseBaseline([missing('redis', 'unavailable', 'none'), ...results], undefined), expected);
    assert.equal(chooseBaseline(results, ran[0]), ran[0]);
  });

test('the help names every strategy that is taken for the baseline before others', () => {
  const command = new Command('replay');
  addReplayOptions(command);
  assert.match(
    command.helpInformation().replace(/\s+/g, ' '),
    /--baseline <label> .*the first of single-manager, submit-scan, forward-before that runs, else the first\)/,
  );
});
