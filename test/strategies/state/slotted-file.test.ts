import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readSlotted, removeSlotted, writeSlotted } from '#src/strategies/state/slotted-file.js';

async function folderFor(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ipcb-'));
  context.after(() => rm(folder, { recursive: true }));
  return folder;
}

test('reads what was written last, whether it shrank or outgrew its slots', async (context) => {
  const folder = await folderFor(context);
  const path = join(folder, 'entry');
  assert.equal(readSlotted(path), undefined);
  for (const length of [0, 1, 100, 3000, 10, 200_000, 5, 6, 7]) {
    const content = Buffer.alloc(length, length % 251);
    writeSlotted(path, content);
    assert.deepEqual(readSlotted(path), content);
  }
  assert.deepEqual(readdirSync(folder), ['entry'], 'no temporary file is left');
  removeSlotted(path);
  removeSlotted(path);
  assert.equal(readSlotted(path), undefined);
});

test('shows the content before when a writer died in the middle, wherever it stopped', async (context) => {
  const path = join(await folderFor(context), 'entry');
  writeSlotted(path, Buffer.from('first'));
  writeSlotted(path, Buffer.from('second'));
  const before = readFileSync(path);
  writeSlotted(path, Buffer.from('third!'));
  const after = readFileSync(path);
  const changed = [...after.keys()].filter((at) => before[at] !== after[at]);
  const [from = 0, to = 0] = [changed[0], changed.at(-1)];
  for (let cut = from; cut < to; cut++) {
    writeFileSync(path, before);
    const descriptor = openSync(path, 'r+');
    writeSync(descriptor, after, from, cut - from + 1, from);
    closeSync(descriptor);
    const seen = readSlotted(path)?.toString();
    assert.equal(seen, 'second', `cut after byte ${cut}`);
  }
  writeFileSync(path, after);
  assert.equal(readSlotted(path)?.toString(), 'third!');
});
