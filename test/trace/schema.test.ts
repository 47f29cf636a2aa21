import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { stepKinds } from '#src/trace/check/step-rules.js';
import { validateTrace } from '#src/trace/reader.js';
import { sampleHeader, sampleOrder, temporaryFile, traceLines } from './sample.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
let matches: ValidateFunction;
let kinds: string[];

before(async () => {
  const schema = JSON.parse(await readFile(`${root}schema/trace.schema.json`, 'utf8'));
  kinds = schema.$defs.step.properties.do.enum;
  matches = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false }).compile(schema);
});

test('the schema knows the same steps as the reader', () => {
  assert.deepEqual(kinds, stepKinds);
});

test('every line of every fixture matches the schema', async () => {
  const files = (await readdir(`${root}fixtures`)).filter((name) => name.endsWith('.jsonl'));
  assert.ok(files.length >= 7);
  for (const file of files) {
    const lines = (await readFile(`${root}fixtures/${file}`, 'utf8')).trimEnd().split('\n');
    for (const [index, line] of lines.entries())
      assert.ok(matches(JSON.parse(line)), `${file}:${index + 1}: ${JSON.stringify(matches.errors)}`);
  }
});

const header = (change: object): object => ({ ...sampleHeader, ...change });
const steps = (...list: unknown[]): object => header({ templates: { order: list } });
const order = (change: object): object => ({ ...sampleOrder, ...change });
const { op: _, ...withoutKind } = sampleOrder;
const { processes: __, ...withoutProcesses } = sampleHeader;

const drawn = (delay: object, count = 1) => ({ do: 'forward', timeoutMs: 1, miners: { count, delay, rows: 1 } });

/** Lines that break a rule a schema can express: both it and the reader refuse them. */
const refused: [what: string, line: object][] = [
  ['another version', header({ version: 2 })],
  ['another file', header({ ipcbench: 'report' })],
  ['an empty name', header({ name: '' })],
  ['no processes', withoutProcesses],
  ['an empty list of processes', header({ processes: [] })],
  ['a loop without pause', header({ processes: [{ name: 'validator', loop: {} }] })],
  ['an unknown kind of structure', header({ structures: [{ name: 's', kind: 'set', group: 'ledger' }] })],
  ['an unknown group', header({ structures: [{ name: 's', kind: 'dict', group: 'other' }] })],
  [
    'an unknown shape',
    header({ structures: [{ name: 's', kind: 'dict', group: 'ledger', value: { bytes: 1, shape: 'flat' } }] }),
  ],
  [
    'initial keys of a queue',
    header({ structures: [{ name: 's', kind: 'queue', group: 'ledger', initial: { keys: [] } }] }),
  ],
  [
    'two initial values',
    header({ structures: [{ name: 's', kind: 'value', group: 'ledger', initial: { count: 2 } }] }),
  ],
  ['an import from nowhere', header({ provenance: { kind: 'imported' } })],
  ['a negative duration', header({ durationMs: -1 })],
  ['half an operation', header({ operations: 0.5 })],
  ['an unknown step', steps({ do: 'sleep' })],
  ['a step without its amount', steps({ do: 'wait' })],
  ['an amount as text', steps({ do: 'wait', ms: '20' })],
  ['an unknown phase', steps({ do: 'wait', ms: 1, phase: 'net' })],
  ['a lock on nothing', steps({ do: 'lock', key: [] }, { do: 'unlock' })],
  ['a read from nowhere', steps({ do: 'read' })],
  ['a delete without key', steps({ do: 'delete', in: 'positions' })],
  ['write-many without count', steps({ do: 'write-many', in: 'positions', prefix: 'p' })],
  ['a batch that is a number', steps({ do: 'patch-many', in: 'positions', batch: 1 })],
  ['a submit without its cid', steps({ do: 'submit', account: 'a', epoch: 1 })],
  ['a lagged that is neither 0 nor 1', steps({ do: 'submit', account: 'a', epoch: 1, cid: 'c', lagged: 2 })],
  ['a sequence number as text', steps({ do: 'submit', account: 'a', epoch: 1, cid: 'c', seq: '7' })],
  [
    'a sequence number beyond what a number holds exactly',
    steps({ do: 'submit', account: 'a', epoch: 1, cid: 'c', seq: 2 ** 53 }),
  ],
  ['half a sequence number', steps({ do: 'submit', account: 'a', epoch: 1, cid: 'c', seq: 0.5 })],
  ['a sequence number inside a text', steps({ do: 'submit', account: 'a', epoch: 1, cid: 'c', seq: '0{bytes}' })],
  [
    'a key for a sequence number',
    steps({ do: 'each', keys: ['1'], steps: [{ do: 'submit', account: 'a', epoch: 1, cid: 'c', seq: '{item}' }] }),
  ],
  [
    'a key for lagged',
    steps({ do: 'each', keys: ['1'], steps: [{ do: 'submit', account: 'a', epoch: 1, cid: 'c', lagged: '{item}' }] }),
  ],
  ['a lagged as text', steps({ do: 'submit', account: 'a', epoch: 1, cid: 'c', lagged: '1' })],
  ['a time-out that no timer holds', steps({ do: 'submit', account: 'a', epoch: 1, cid: 'c', timeoutMs: 2 ** 31 })],
  [
    'a part of a millisecond beyond what a timer holds',
    steps({ do: 'submit', account: 'a', epoch: 1, cid: 'c', timeoutMs: 2 ** 31 - 0.5 }),
  ],
  ['such a time-out of a cycle', steps({ do: 'forward', timeoutMs: 2 ** 31 - 0.5, miners: [{ delayMs: 1, rows: 1 }] })],
  ['a request without path', steps({ do: 'submit', account: 'a', epoch: 1, cid: 'c', request: { method: 'GET' } })],
  ...[
    ['a path with a space', { path: '/a b' }],
    ['a path with a line break', { path: '/a\n' }],
    ['a path beyond what HTTP writes', { path: '/\u0100' }],
    ['a header with a space in its name', { path: '/', headers: { 'x key': 'a' } }],
    ['a header without a name', { path: '/', headers: { '': 'a' } }],
    ['a placeholder for a name of a header', { path: '/', headers: { '{key}': 'a' } }],
    ['a header with a line break', { path: '/', headers: { 'x-key': 'a\r\nx-other: b' } }],
    ['a header beyond what HTTP writes', { path: '/', headers: { 'x-key': '\u20ac' } }],
  ].map(([what, request]): [string, object] => [
    String(what),
    steps({ do: 'submit', account: 'a', epoch: 1, cid: 'c', request }),
  ]),
  ['a lock with a time-out that no timer holds', steps({ do: 'lock', key: 'k', timeoutMs: 2 ** 31 }, { do: 'unlock' })],
  ['a take with a time-out that no timer holds', steps({ do: 'take', in: 'messages', timeoutMs: 2 ** 31 })],
  ['a status that is none', steps({ do: 'submit', account: 'a', epoch: 1, cid: 'c', status: 99 })],
  ['a cycle without miners', steps({ do: 'forward', timeoutMs: 1, miners: [] })],
  ['a draw without its distribution', steps({ do: 'forward', timeoutMs: 1, miners: { count: 1, rows: 1 } })],
  ['a draw of more miners than a process can hold', steps(drawn({ minMs: 0, maxMs: 0 }, 1_000_001))],
  ['a draw around nothing', steps(drawn({ medianMs: 0, sigma: 1 }))],
  ['a draw around nothing, spread beyond all numbers', steps(drawn({ medianMs: 0, sigma: 5000 }))],
  ['a draw that is spread beyond all numbers', steps(drawn({ medianMs: 1, sigma: 101 }))],
  ['a draw with half of each distribution', steps(drawn({ medianMs: 1, minMs: 0, maxMs: 1 }))],
  ['each over a dict and keys', steps({ do: 'each', in: 'positions', keys: [], steps: [] })],
  ['each with a bad step inside', steps({ do: 'each', in: 'positions', steps: [{ do: 'wait' }] })],
  ['no kind', withoutKind],
  ['a negative time', order({ at: -1 })],
  ['a time as text', order({ at: '1' })],
  ['a time and an after', order({ after: 1 })],
  ['a template and steps', order({ use: 'order', steps: [] })],
  ['a chain that is a number', order({ chain: 1 })],
  ['a recorded time as text', order({ recorded: { ms: '1' } })],
];

for (const [what, line] of refused) {
  test(`schema and reader both refuse ${what}`, async (context) => {
    assert.ok(!matches(line));
    const lines = 'ipcbench' in line ? [line] : [sampleHeader, line];
    await assert.rejects(validateTrace(await temporaryFile(context, 't.jsonl', traceLines(...lines))), {
      code: 'BAD_TRACE',
    });
  });
}

test('every step, with placeholders and unknown fields, is taken by schema and reader', async (context) => {
  const every = [
    { do: 'wait', ms: '{ms}', phase: 'disk' },
    { do: 'cpu', ms: 1 },
    { do: 'lock', key: ['{key}', 'b'], timeoutMs: 100 },
    { do: 'read', in: 'positions', key: '{key}' },
    { do: 'write', in: 'positions', key: '{key}', bytes: '{bytes}' },
    { do: 'patch', in: 'clock', bytes: 8 },
    { do: 'unlock' },
    { do: 'patch-many', in: 'positions', keys: ['{key}'], bytes: 8, batch: true },
    { do: 'delete', in: 'positions', key: '' },
    { do: 'keys', in: 'positions' },
    { do: 'read-all', in: 'positions' },
    { do: 'write-many', in: 'positions', prefix: '{key}', count: 3, bytes: 8, batch: false },
    { do: 'replace-all', in: 'positions', prefix: '', count: 0 },
    { do: 'clear', in: 'positions' },
    { do: 'put', in: 'messages', bytes: '{bytes}', note: 'kept' },
    { do: 'take', in: 'messages', timeoutMs: 5 },
    { do: 'submit', account: '{key}', epoch: 3, tier: 'unknown', cid: '{key}', seq: '{seq}', lagged: '{lagged}' },
    {
      do: 'submit',
      account: 'a',
      epoch: 'e',
      cid: 'c',
      seq: 'unknown',
      lagged: 1,
      timeoutMs: 2 ** 31 - 1,
      request: {
        method: 'put',
        path: '/{key}?a=%20~\u00ff',
        headers: { 'x-key': '{key}\t\u00e9', "!#$%&'*+.^_`|~-9": '' },
        body: { cid: '{key}', list: ['{key}', 1] },
      },
      status: 201,
    },
    {
      do: 'forward',
      timeoutMs: 5,
      miners: [{ delayMs: 1, rows: 2, floats: 3, fails: true }],
      payloadScale: 0.5,
      seed: 1,
    },
    { do: 'forward', timeoutMs: 5, miners: { count: 2, delay: { medianMs: 1, sigma: 1 }, rows: 1, failShare: 0.5 } },
    drawn({ medianMs: 0.001, sigma: 100 }),
    drawn({ minMs: 0, maxMs: 0 }, 1_000_000),
    { do: 'each', in: 'positions', limit: 2, steps: [{ do: 'each', keys: ['{item}'], steps: [] }] },
  ];
  assert.deepEqual(new Set(every.map((step) => step.do)), new Set(stepKinds));
  const lines = [steps(...every), order({ fields: { key: 'k', bytes: 1, ms: 0.5, seq: 7, lagged: 1 } })];
  for (const line of lines) assert.ok(matches(line), JSON.stringify(matches.errors));
  assert.equal((await validateTrace(await temporaryFile(context, 't.jsonl', traceLines(...lines)))).operations, 1);
});
