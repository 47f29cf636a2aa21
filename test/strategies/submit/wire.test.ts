import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noMeter } from '#src/strategies/meter.js';
import { answerOf, foreignAnswerOf } from '#src/strategies/submit/wire.js';

const told: [body: string, seq: unknown][] = [
  ['{"seq":5}', 5],
  ['{"seq":"5"}', '5'],
  ['{"seq":"unknown"}', 'unknown'],
  ['{"seq":null}', 'null'],
  ['{"seq":[5]}', '[5]'],
  ['{"seq":1e300}', 1e300],
  ['{}', undefined],
  ['"seq"', undefined],
  ['no JSON', undefined],
];

for (const [body, seq] of told)
  test(`an endpoint of somebody else's that answers ${body} says ${seq}`, () => {
    assert.deepEqual(foreignAnswerOf(200, body), { status: 200, seq, recovered: false });
  });

const refusals: [title: string, body: string, error: string | undefined][] = [
  ['its words', '{"error":"expected 64 hex digits"}', 'expected 64 hex digits'],
  ['them on one line, without what a terminal obeys', '{"error":"a\\n\\u001b[31mb"}', 'a \ufffd[31mb'],
  ['no more of them than a line holds', `{"error":"${'x'.repeat(500)}"}`, `${'x'.repeat(100)}…`],
  ['nothing where it gave none', 'no JSON', undefined],
];

for (const [title, body, error] of refusals)
  test(`of a server of our own that refuses, ${title} are told`, () => {
    assert.equal(answerOf(400, body, noMeter).error, error);
  });
