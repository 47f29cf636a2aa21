import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tellingLine } from '#src/strategies/fan-out/telling-line.js';

const thrown = `file:///run/part.mjs:1
throw new RangeError('too many')
      ^

RangeError: too many
    at file:///run/part.mjs:1:7
    at ModuleJob.run (node:internal/modules/esm/module_job:234:25) {
  code: 'ERR_MANY',
  count: 7
}

Node.js v20.19.2
`;
const outOfMemory = `
<--- Last few GCs --->

[7:0x1] 1 ms: Scavenge 1 (2) -> 1 (2) MB, 1.0 / 0.0 ms  (average mu = 0.2) allocation failure;

<--- JS stacktrace --->

FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
----- Native stack trace -----

 1: 0xb8 node::OOMErrorHandler(char const*, v8::OOMDetails const&) [node]
`;

for (const [what, stderr, line] of [
  ['nothing', '', undefined],
  ['blank lines', '\n \n', undefined],
  ['an error with its stack', thrown, 'RangeError: too many'],
  ["an error with Node's own code", 'TypeError [ERR_X]: no\n    at a:1:1\n', 'TypeError [ERR_X]: no'],
  ['two errors', 'Error: first\nError: second\n', 'Error: second'],
  [
    'memory that ran out',
    outOfMemory,
    'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
  ],
  ['other words', 'giving up\nNode.js v20.19.2\n', 'giving up'],
  ['a very long line', 'x'.repeat(1000), 'x'.repeat(300)],
] as const)
  test(`of ${what} the telling line is ${line === undefined ? 'none' : 'the one that says why'}`, () => {
    assert.equal(tellingLine(stderr), line);
  });
