import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sentHeaders } from '#src/replay/submit/sent-headers.js';

const cases: [what: string, recorded: Record<string, string>, sent: string[]][] = [
  ['no headers are none', {}, []],
  [
    'what says something about the request is sent',
    { Authorization: 'a', 'Content-Type': 'b', cookie: 'c' },
    ['Authorization', 'Content-Type', 'cookie'],
  ],
  [
    'what belongs to the connection that it came on is not, in whatever case',
    {
      'Keep-Alive': '1',
      TE: 't',
      'transfer-encoding': 'chunked',
      Upgrade: 'h2c',
      'Proxy-Connection': 'p',
      trailer: 't',
      a: 'b',
    },
    ['a'],
  ],
  ['nor is what its Connection names', { Connection: 'close, X-Hop', 'x-hop': '1', 'x-end': '2' }, ['x-end']],
  ['nor are length, host and expectation', { 'Content-Length': '7', Host: 'example.com', Expect: '100-continue' }, []],
  ['nor is the first line as HTTP/2 writes it', { ':authority': 'example.com', ':path': '/' }, []],
];

for (const [what, recorded, sent] of cases) {
  test(what, () =>
    assert.deepEqual(
      sentHeaders(recorded).map(([name]) => name),
      sent,
    ),
  );
}
