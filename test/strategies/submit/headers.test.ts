import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Headers, headersUnder } from '#src/strategies/submit/headers.js';

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
