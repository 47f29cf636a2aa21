import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateTrace } from '#src/trace/reader.js';
import { sampleHeader, sampleOrder, temporaryFile, traceLines } from './sample.js';

const withSteps = (steps: unknown): unknown => ({ ...sampleHeader, templates: { order: steps } });
const lock = { do: 'lock', key: 'k' };
const unlock = { do: 'unlock' };
const each = (...steps: unknown[]): unknown => ({ do: 'each', in: 'positions', steps });

const badHeaders: [what: string, content: string, message: RegExp][] = [
  ['an empty file', '', /:1: the file is empty/],
  ['only blank lines', '\n \n', /:1: the file is empty/],
  ['no header', traceLines(sampleOrder), /:1: not a trace header, expected \{"ipcbench": "trace"/],
  ['text', 'hello\n', /:1: not JSON .* expected a trace header/],
  ['another version', traceLines({ ...sampleHeader, version: 2 }), /:1: "version" is 2, expected 1/],
  ['no structures', traceLines({ ...sampleHeader, structures: undefined }), /"structures" is missing, expected a list/],
  ['no process', traceLines({ ...sampleHeader, processes: [] }), /"processes" is empty/],
  [
    'one process twice',
    traceLines({ ...sampleHeader, processes: [{ name: 'a' }, { name: 'a' }] }),
    /processes\[1\].name" is "a", expected a name that is not taken/,
  ],
  [
    'a loop without pause',
    traceLines({ ...sampleHeader, processes: [{ name: 'a', loop: {} }] }),
    /"loop.pauseMs" is missing/,
  ],
  [
    'an unknown kind of structure',
    traceLines({ ...sampleHeader, structures: [{ name: 'a', kind: 'set', group: 'ledger' }] }),
    /"kind" is "set", expected "dict", "queue" or "value"/,
  ],
  [
    'initial keys of a queue',
    traceLines({
      ...sampleHeader,
      structures: [{ name: 'a', kind: 'queue', group: 'ledger', initial: { keys: ['k'] } }],
    }),
    /"initial.keys" stands on a queue/,
  ],
  [
    'an unknown provenance',
    traceLines({ ...sampleHeader, provenance: { kind: 'guessed' } }),
    /"provenance.kind" is "guessed"/,
  ],
];

const badSteps: [what: string, steps: unknown, message: RegExp][] = [
  ['not a list', 7, /template "order": "steps" is 7, expected a list/],
  [
    'an unknown step',
    [{ do: 'reed', in: 'positions', key: 'k' }],
    /step 1: "do" is "reed", expected a step \(did you mean "read"\?\)/,
  ],
  ['an unlock without a lock', [unlock], /step 1 \(unlock\): no lock is held here/],
  ['a second unlock', [lock, unlock, unlock], /step 3 \(unlock\): no lock is held/],
  ['a lock while holding one', [lock, lock, unlock], /step 2 \(lock\): a lock is held already/],
  ['a lock that stays', [lock], /the last "lock" is never released/],
  ['a lock that stays inside each', [each(lock)], /never released, expected an "unlock" inside the "each" of step 1/],
  [
    'an unlock inside each of a lock outside',
    [lock, each(unlock), unlock],
    /step 2.1 \(unlock\): no lock is held here.* in the same "each"/,
  ],
  [
    'a lock inside each while holding one',
    [lock, each(lock, unlock), unlock],
    /step 2.1 \(lock\): a lock is held already/,
  ],
  ['no keys to lock', [{ do: 'lock', key: [] }, unlock], /"key" is \[\], expected a text or a list/],
  [
    'an unknown structure',
    [{ do: 'read', in: 'postions', key: 'k' }],
    /"in" is "postions", expected a structure .*did you mean "positions"\?/,
  ],
  ['a put into a dict', [{ do: 'put', in: 'positions' }], /"positions" is a dict, expected a queue for "put"/],
  ['a read of a queue', [{ do: 'read', in: 'messages' }], /"messages" is a queue, expected a dict or value for "read"/],
  [
    'a read of a dict without a key',
    [{ do: 'read', in: 'positions' }],
    /"key" is missing, expected a key of the dict "positions"/,
  ],
  ['a key of a value', [{ do: 'read', in: 'clock', key: 'k' }], /"clock" is a value, expected no "key"/],
  ['a negative wait', [{ do: 'wait', ms: -1 }], /"ms" is -1, expected a number of milliseconds/],
  [
    'a wait given as text',
    [{ do: 'wait', ms: '20' }],
    /"ms" is "20", expected a number of milliseconds, 0 or more, or "\{field\}"/,
  ],
  ['an unknown phase', [{ do: 'wait', ms: 1, phase: 'net' }], /"phase" is "net"/],
  ['half a byte', [{ do: 'put', in: 'messages', bytes: 0.5 }], /"bytes" is 0.5, expected a whole number/],
  ['an item outside each', [{ do: 'read', in: 'positions', key: '{item}' }], /"\{item\}" stands only inside "each"/],
  [
    'each over a structure and keys',
    [{ do: 'each', in: 'positions', keys: ['a'], steps: [] }],
    /either "in" or "keys"/,
  ],
  ['each over nothing', [{ do: 'each', steps: [] }], /either "in" or "keys"/],
  ['each without steps', [{ do: 'each', in: 'positions' }], /"steps" is missing, expected a list/],
  ['a bad step inside each', [each({ do: 'wait' })], /step 1.1 \(wait\): "ms" is missing/],
];

const scan = { op: 'scan', process: 'checker' };
/** A submit whose number and lag are those of its fields. */
const submitOf = (fields: object): unknown => ({
  ...sampleOrder,
  steps: [{ do: 'submit', account: 'a', epoch: 1, cid: 'c', seq: '{seq}', lagged: '{lagged}' }],
  fields: { seq: 2, lagged: 0, ...fields },
});
const badLines: [what: string, line: unknown, message: RegExp][] = [
  ['broken JSON', '{"at":1,', /:3: not JSON \(.*\), expected one operation/],
  ['NaN', '{"at":NaN,"op":"order"}', /:3: not JSON/],
  ['a list', '[]', /:3: not an operation/],
  ['a second header', sampleHeader, /:3: a second header/],
  ['no kind', { ...sampleOrder, op: undefined }, /:3: "op" is missing/],
  ['a negative time', { ...sampleOrder, at: -5 }, /:3: "at" is -5, expected a number of milliseconds/],
  ['a time as text', { ...sampleOrder, at: '5' }, /:3: "at" is "5"/],
  ['an infinite time', '{"at":1e999,"op":"order","process":"validator"}', /:3: "at" is Infinity, expected/],
  ['no time', { ...sampleOrder, at: undefined }, /:3: "at" is missing/],
  ['a time before the one before', { ...sampleOrder, at: 4 }, /:3: "at" is 4, expected 5 or more.*sort the operations/],
  ['a time and an after', { ...sampleOrder, after: 1 }, /:3: both "at" and "after"/],
  ['a negative after', { ...sampleOrder, at: undefined, after: -1 }, /:3: "after" is -1/],
  ['a chain that is a number', { ...sampleOrder, chain: 1 }, /:3: "chain" is 1/],
  [
    'an unknown process',
    { ...sampleOrder, process: 'validater' },
    /:3: "process" is "validater".*did you mean "validator"\?/,
  ],
  ['no process', { ...sampleOrder, process: undefined }, /:3: "process" is missing/],
  ['a time on a loop', { ...scan, at: 6 }, /:3: "at" stands on process "checker", which loops/],
  ['an after on a loop', { ...scan, after: 6 }, /:3: "after" stands on process "checker"/],
  [
    'a kind without template',
    { ...sampleOrder, op: 'ordre' },
    /:3: "op" is "ordre" without "steps" or "use".*did you mean "order"\?/,
  ],
  ['an unknown template', { ...sampleOrder, use: 'lok' }, /:3: "use" is "lok".*did you mean "look"\?/],
  ['a template and steps', { ...sampleOrder, use: 'look', steps: [] }, /:3: both "steps" and "use"/],
  ['bad steps of its own', { ...sampleOrder, steps: [unlock] }, /:3: step 1 \(unlock\): no lock/],
  ['no fields', { ...sampleOrder, fields: undefined }, /:3: "fields.key" is missing/],
  ['a missing field', { ...sampleOrder, fields: { key: 'k' } }, /:3: "fields.bytes" is missing/],
  [
    'a field of the wrong type',
    { ...sampleOrder, fields: { key: {}, bytes: 1 } },
    /:3: "fields.key" is \{\}, expected a text or a number/,
  ],
  [
    'an amount as text',
    { ...sampleOrder, fields: { key: 'k', bytes: '7' } },
    /:3: "fields.bytes" is "7", expected a whole number/,
  ],
  ...['02', '2.0', '', '2', -1, 0.5, 2 ** 53].map((seq): [string, unknown, RegExp] => [
    `a sequence number that is ${JSON.stringify(seq)}`,
    submitOf({ seq }),
    /:3: "fields.seq" is .+, expected a whole number, 0 or more, or "unknown"/,
  ]),
  ['no sequence number', submitOf({ seq: undefined }), /:3: "fields.seq" is missing/],
  ...['1', 'yes', '', 2, true].map((lagged): [string, unknown, RegExp] => [
    `a lagged that is ${JSON.stringify(lagged)}`,
    submitOf({ lagged }),
    /:3: "fields.lagged" is .+, expected 0 or 1/,
  ]),
  ['a recorded time as text', { ...sampleOrder, recorded: { ms: '7' } }, /:3: "recorded.ms" is "7"/],
];

for (const [what, content, message] of badHeaders) {
  test(`a trace with ${what} is refused at its first line`, async (context) => {
    const path = await temporaryFile(context, 't.jsonl', content);
    await assert.rejects(validateTrace(path), { code: 'BAD_TRACE', message });
    await assert.rejects(validateTrace(path, { skipInvalid: true }), { code: 'BAD_TRACE', message });
  });
}

for (const [what, steps, message] of badSteps) {
  test(`a template with ${what} is refused`, async (context) => {
    const path = await temporaryFile(context, 't.jsonl', traceLines(withSteps(steps)));
    await assert.rejects(validateTrace(path), { code: 'BAD_TRACE', message });
  });
}

for (const [what, line, message] of badLines) {
  test(`an operation with ${what} is refused with its line`, async (context) => {
    const path = await temporaryFile(context, 't.jsonl', traceLines(sampleHeader, sampleOrder, line, sampleOrder));
    await assert.rejects(validateTrace(path), (error: Error) => {
      assert.match(error.message, message);
      assert.ok(error.message.startsWith(path) && !error.message.includes('\n'), error.message);
      return true;
    });
    assert.equal((await validateTrace(path, { skipInvalid: true })).operations, 2);
  });
}

test('bytes that are not UTF-8 are refused with their line', async (context) => {
  const text = Buffer.from(traceLines(sampleHeader, sampleOrder, sampleOrder), 'latin1');
  text[text.length - 20] = 0xff;
  const path = await temporaryFile(context, 't.jsonl', text);
  await assert.rejects(validateTrace(path), { message: /:3: not UTF-8/ });
});

test('a primary that never occurs is refused with the nearest name', async (context) => {
  const path = await temporaryFile(context, 't.jsonl', traceLines({ ...sampleHeader, primary: 'orders' }, sampleOrder));
  await assert.rejects(validateTrace(path), { message: /"primary" is "orders".*did you mean "order"\?/ });
});

test('loops need something that says when they end', async (context) => {
  const endless = await temporaryFile(context, 't.jsonl', traceLines(sampleHeader, scan));
  await assert.rejects(validateTrace(endless), { message: /when its loops end/ });
  const path = await temporaryFile(context, 't.jsonl', traceLines({ ...sampleHeader, durationMs: 100 }, scan));
  assert.equal((await validateTrace(path)).durationMs, 100);
});

test('a line without end is refused before it fills the memory', async (context) => {
  const path = await temporaryFile(
    context,
    't.jsonl',
    traceLines(sampleHeader, sampleOrder) + 'x'.repeat(17 * 1024 * 1024),
  );
  await assert.rejects(validateTrace(path), { message: /:3: a line is longer than 16 MiB/ });
});

test('a sequence number that is a whole number or unknown is taken, and so is a lagged of 0 or 1', async (context) => {
  const lines = [{ seq: 0 }, { seq: 2 ** 53 - 1, lagged: 1 }, { seq: 'unknown' }].map(submitOf);
  const path = await temporaryFile(context, 't.jsonl', traceLines(sampleHeader, ...lines));
  assert.equal((await validateTrace(path)).operations, 3);
});
