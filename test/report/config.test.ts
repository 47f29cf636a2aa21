import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isIpcbenchError } from '#src/errors.js';
import { overridden, readConfig } from '#src/report/config.js';

const folder = mkdtempSync(join(tmpdir(), 'ipcbench-config-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'gate.json');

test('without file, environment and flags nothing is asked for', () => {
  assert.deepEqual(readConfig(undefined, {}), { failOn: [], requireSafe: false, strict: false });
});

test('the environment goes over the file, and flags over both', () => {
  writeFileSync(path, '{"failOn": ["p99>1s"], "strict": true, "minimumEffectPercent": 7}');
  const config = readConfig(path, {
    IPCBENCH_FAIL_ON: 'p99>2s; overlaps>0',
    IPCBENCH_REQUIRE_SAFE: '1',
    IPCBENCH_STRICT: '',
  });
  assert.deepEqual(config, {
    failOn: ['p99>2s', 'overlaps>0'],
    requireSafe: true,
    strict: true,
    minimumEffectPercent: 7,
  });
  assert.deepEqual(overridden(config, { failOn: [], strict: false }), { ...config, strict: false });
  assert.deepEqual(overridden(config, { failOn: ['cpu>80%'] }).failOn, ['cpu>80%']);
});

const faults: [title: string, text: string, expected: RegExp][] = [
  ['an unknown setting', '{"failon": []}', /has "failon", which is not known/],
  ['a wrong type', '{"strict": "yes"}', /strict must be boolean/],
  ['no JSON', 'failOn: p99', /expected JSON/],
];
for (const [title, text, expected] of faults) {
  test(`${title} is refused in one line`, () => {
    writeFileSync(path, text);
    assert.throws(
      () => readConfig(path, {}),
      (error) =>
        isIpcbenchError(error) &&
        error.exitCode === 2 &&
        error.message.startsWith(path) &&
        expected.test(error.message),
    );
  });
}

test('a file that was named must be there, and a switch must be one', () => {
  assert.throws(() => readConfig(join(folder, 'absent.json'), {}), /absent\.json/);
  assert.throws(() => readConfig(undefined, { IPCBENCH_STRICT: 'maybe' }), /IPCBENCH_STRICT=maybe: expected 1 or 0/);
  assert.throws(() => readConfig(undefined, { IPCBENCH_MINIMUM_EFFECT: '5' }), /such as 5%/);
});
