import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOfHeaders, type Headers, headersUnder } from '#src/strategies/submit/headers.js';

const cases: [what: string, over: Headers, headers: Headers, merged: Headers][] = [
  ['nothing goes over nothing', {}, {}, {}],
  ['nothing leaves a request as it is', {}, { A: '1', b: '2' }, { A: '1', b: '2' }],
  ['another name is added', { b: '2' }, { A: '1' }, { A: '1', b: '2' }],
  ['the same name takes its place', { A: '2' }, { A: '1' }, { A: '2' }],
  [
    'so it does in another case',
    { authorization: 'mine' },
    { Authorization: 'recorded', AUTHORIZATION: 'too', x: '1' },
    { x: '1', authorization: 'mine' },
  ],
  [
    'of one name in several spellings the last goes over',
    { 'X-Run': '1', 'x-run': '2' },
    { 'X-RUN': '0' },
    { 'x-run': '2' },
  ],
];

for (const [what, over, headers, merged] of cases) {
  test(what, () => assert.deepEqual(headersUnder(over)(headers), merged));
}

const given: [name: string, value: string, says: RegExp | undefined][] = [
  ['Authorization', 'Bearer a', undefined],
  ['Host', 'elsewhere.example', undefined],
  ['x', '\u00e9\t~', undefined],
  ['Content-Length', '4', /the client writes its own/],
  ['transfer-encoding', 'chunked', /the client writes its own/],
  ['EXPECT', '100-continue', /the client writes its own/],
  ['Upgrade', 'x', /the client writes its own/],
  ['no name', 'hush', /"no name" is no name/],
  ['', 'hush', /"" is no name/],
  ['x', 'hush\r\ny: 1', /header x: its value/],
  ['x', 'hush \u2603', /header x: its value/],
];

for (const [name, value, says] of given) {
  test(`${name}: ${JSON.stringify(value)} ${says === undefined ? 'can' : 'cannot'} go with every request`, () => {
    const fault = faultOfHeaders({ [name]: value });
    if (says === undefined) assert.equal(fault, undefined);
    else assert.match(fault ?? '', says);
    assert.doesNotMatch(fault ?? '', /hush/);
  });
}
