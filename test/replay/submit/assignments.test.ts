import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { assignmentsOf } from '#src/replay/submit/assignments.js';
import type { Assignment } from '#src/strategies/strategy.js';
import type { Step, TraceOperation } from '#src/trace/operation.js';
import { folder, headerOf } from '../bench-trace.js';

const cid = (letter: string): string => letter.repeat(64);
const steps: Step[] = [{ do: 'submit', account: '{account}', epoch: 1, tier: '{tier}', cid: '{cid}', seq: '{seq}' }];
const header = headerOf([{ name: 'p0' }], { templates: { submit: steps, look: [{ do: 'keys', in: 'positions' }] } });

async function batchesOf(context: TestContext, ...files: TraceOperation[][]): Promise<Assignment[][]> {
  const place = await folder(context);
  const paths = files.map((_, index) => join(place, `${index}.jsonl`));
  for (const [index, operations] of files.entries())
    await writeFile(paths[index] ?? '', operations.map((operation) => `${JSON.stringify(operation)}\n`).join(''));
  const batches: Assignment[][] = [];
  for await (const batch of assignmentsOf(paths, header)) batches.push(batch);
  return batches;
}

function submit(fields: Record<string, string | number>): TraceOperation {
  return {
    at: 0,
    op: 'submit',
    process: 'p0',
    fields: { account: 'a', tier: 'gold', cid: cid('a'), seq: 3, ...fields },
  };
}

const row = { account: 'a', epoch: '1', tier: 'gold', cid: cid('a'), seq: 3 };

const cases: [what: string, operation: TraceOperation, rows: Assignment[]][] = [
  ['a submit whose number is known names a row', submit({}), [row]],
  ['lagged or not', submit({ lagged: 1 }), [row]],
  [
    'without its tier where nobody knows it',
    submit({ tier: 'unknown' }),
    [{ account: 'a', epoch: '1', cid: cid('a'), seq: 3 }],
  ],
  ['so does one in capitals', submit({ cid: cid('A') }), [{ ...row, cid: cid('A') }]],
  ['a foreign or bogus challenge id names none', submit({ seq: 'unknown' }), []],
  ['nor does one that is malformed', submit({ cid: 'abc' }), []],
  ['nor one of no account', submit({ account: '' }), []],
  ['nor a number that is none', submit({ seq: '-1' }), []],
  ['the largest number that there is names a row', submit({ seq: 2 ** 53 - 1 }), [{ ...row, seq: 2 ** 53 - 1 }]],
  ['an operation without submits names none', { at: 0, op: 'look', process: 'p0' }, []],
  [
    'steps of its own, for each of some keys, name one each',
    {
      at: 0,
      op: 'submit',
      process: 'p0',
      fields: { seq: 7 },
      steps: [
        {
          do: 'each',
          keys: ['x', 'y', 'z'],
          limit: 2,
          steps: [{ do: 'submit', account: '{item}', epoch: 'e', cid: cid('b'), seq: '{seq}' }],
        },
      ],
    },
    ['x', 'y'].map((account) => ({ account, epoch: 'e', cid: cid('b'), seq: 7 })),
  ],
];

for (const [what, operation, rows] of cases) {
  test(what, async (context) => assert.deepEqual((await batchesOf(context, [operation])).flat(), rows));
}

test('many come in batches, of all files, and none is left out', async (context) => {
  const [first, second] = [1200, 300].map((count) => Array.from({ length: count }, (_, seq) => submit({ seq })));
  const batches = await batchesOf(context, first ?? [], [], second ?? []);
  assert.deepEqual(
    batches.map((batch) => batch.length),
    [500, 500, 500],
  );
});

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const longNames: [what: string, letter: string][] = [
  ['letters', 'a'],
  ['signs of three bytes', '\u20ac'],
  ['signs that JSON escapes', '\u0001'],
];

for (const [what, letter] of longNames) {
  test(`rows of long names, made of ${what}, come in batches that a server takes, and none is left out`, async (context) => {
    const account = letter.repeat(65_536);
    const operations = Array.from({ length: 100 }, (_, seq) => submit({ account, seq }));
    const batches = await batchesOf(context, operations);
    assert.deepEqual(
      batches.flat().map(({ seq }) => seq),
      operations.map((_, seq) => seq),
    );
    for (const batch of batches) assert.ok(bytesOf(batch) <= 16 * 2 ** 20, `${bytesOf(batch)} bytes`);
  });
}

test('one operation that names many rows fills several batches, and a row that is too large for any is one', async (context) => {
  const step = (account: string): Step => ({ do: 'submit', account, epoch: 'e', cid: cid('b'), seq: 7 });
  const keys = Array.from({ length: 1200 }, (_, index) => `k${index}`);
  const many = { ...submit({}), steps: [{ do: 'each' as const, keys, steps: [step('{item}')] }] };
  const large = { ...submit({}), steps: [step('x'.repeat(9 * 2 ** 20))] };
  const batches = await batchesOf(context, [large, many, large]);
  assert.deepEqual(
    batches.map((batch) => batch.length),
    [1, 500, 500, 200, 1],
  );
});
