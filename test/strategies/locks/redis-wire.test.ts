import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replyBytes, requestBytes } from '#src/strategies/locks/redis-wire.js';

test('a request is as long as its RESP frame', () => {
  const table: [command: string, parts: (string | number | Buffer)[], frame: string][] = [
    ['PING', [], '*1\r\n$4\r\nPING\r\n'],
    ['GET', ['ключ'], '*2\r\n$3\r\nGET\r\n$8\r\nключ\r\n'],
    [
      'SET',
      ['', 'x'.repeat(1_000), 30_000],
      `*4\r\n$3\r\nSET\r\n$0\r\n\r\n$1000\r\n${'x'.repeat(1_000)}\r\n$5\r\n30000\r\n`,
    ],
    ['SET', ['k', Buffer.alloc(10)], `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$10\r\n${'\0'.repeat(10)}\r\n`],
  ];
  for (const [command, parts, frame] of table) assert.equal(requestBytes(command, parts), Buffer.byteLength(frame));
});

test('a reply is as long as its RESP frame', () => {
  const table: [reply: unknown, frame: string][] = [
    [null, '$-1\r\n'],
    ['OK', '+OK\r\n'],
    [-12, ':-12\r\n'],
    ['ключ', '$8\r\nключ\r\n'],
    [Buffer.alloc(100), `$100\r\n${'\0'.repeat(100)}\r\n`],
    [[], '*0\r\n'],
    [[1, [null, 'a']], '*2\r\n:1\r\n*2\r\n$-1\r\n$1\r\na\r\n'],
  ];
  for (const [reply, frame] of table) assert.equal(replyBytes(reply), Buffer.byteLength(frame));
});
