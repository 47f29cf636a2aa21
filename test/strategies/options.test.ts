import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isIpcbenchError } from '#src/errors.js';
import { defaultOptions, parseOptions, printOptions } from '#src/strategies/options.js';

const table = {
  size: { type: 'integer', default: 256, min: 1, max: 1_000_000, describe: 'how many' },
  lease: { type: 'duration', default: 30_000, min: 1, describe: 'how long' },
  mode: { type: 'choice', default: 'a', choices: ['a', 'b'], describe: 'which' },
  safe: { type: 'boolean', default: true, describe: 'whether' },
  url: { type: 'text', default: '', describe: 'where' },
  token: { type: 'text', default: '', secret: true, describe: 'given with --token' },
} as const;

test('gives the defaults when nothing is written', () => {
  assert.deepEqual(parseOptions('s', '', table), {
    size: 256,
    lease: 30_000,
    mode: 'a',
    safe: true,
    url: '',
    token: '',
  });
  assert.deepEqual(defaultOptions(table), parseOptions('s', '', table));
});

test('reads each type with its units, and texts that hold commas, colons and equals signs', () => {
  const read = parseOptions('s', 'size=10k,lease=2.5s,mode=b,safe=false,url=redis://u:p@h/0?a=1,2', table);
  assert.deepEqual(read, {
    size: 10_000,
    lease: 2500,
    mode: 'b',
    safe: false,
    url: 'redis://u:p@h/0?a=1,2',
    token: '',
  });
  assert.equal(parseOptions('s', 'lease=250ms', table).lease, 250);
  assert.equal(parseOptions('s', 'lease=250', table).lease, 250);
  assert.equal(parseOptions('s', 'lease=1m', table).lease, 60_000);
});

test('prints what differs from the defaults in a form that reads back', () => {
  const values = { size: 7, lease: 1500, mode: 'a', safe: false, url: '', token: '' };
  const printed = printOptions(values, table);
  assert.equal(printed, 'size=7,lease=1500ms,safe=false');
  assert.deepEqual(parseOptions('s', printed, table), values);
});

for (const [written, expected] of [
  ['size=0', /size=0: expected a whole number from 1 to 1000000/],
  ['size=1.5', /size=1\.5: expected a whole number/],
  ['size=', /size=: expected a whole number/],
  ['size', /size=: expected a whole number/],
  ['lease=soon', /lease=soon: expected a duration such as 250ms or 2\.5s of at least 1ms/],
  ['mode=c', /mode=c: expected a or b/],
  ['safe=yes', /safe=yes: expected true or false/],
  ['sise=3', /unknown option "sise": did you mean size\? It has size, lease, mode, safe, url, token/],
  ['__proto__=3', /unknown option "__proto__"/],
] as const) {
  test(`refuses ${written} and says what is allowed`, () => {
    assert.throws(
      () => parseOptions('s', written, table),
      (error) => isIpcbenchError(error, 'BAD_OPTION') && expected.test(error.message),
    );
  });
}

test('a secret is not taken from a spec, which reports show, and the refusal does not tell it', () => {
  assert.throws(
    () => parseOptions('s', 'size=3,token=s3cr3t', table),
    (error) =>
      isIpcbenchError(error, 'BAD_OPTION') &&
      /token is secret.*--token/.test(error.message) &&
      !/s3cr3t/.test(error.message),
  );
});
