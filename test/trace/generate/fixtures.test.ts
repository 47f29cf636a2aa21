import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { generators } from '#src/trace/generate/index.js';
import { validateTrace } from '#src/trace/reader.js';
import { traceText } from '#src/trace/writer.js';

const fixtures = fileURLToPath(new URL('../../../../fixtures/', import.meta.url));
const presets = generators.flatMap((generator) =>
  Object.entries(generator.presets).map(([name, preset]) => ({ name, ...preset, generator })),
);

test('every generated fixture has a preset, and every preset its fixture', async () => {
  const files = (await readdir(fixtures)).filter((file) => /^(orders|ledger|submits|mixed|forward)-/.test(file));
  assert.deepEqual(files.sort(), presets.map(({ name }) => `${name}.jsonl`).sort());
});

for (const { name, generator, values, seed } of presets) {
  test(`fixture ${name} comes out byte for byte as committed, and is valid, short and small`, async () => {
    const { header, operations } = generator.generate(values, { seed, name });
    const generated = createHash('sha256');
    for await (const block of traceText(header, operations)) generated.update(block);
    const path = `${fixtures}${name}.jsonl`;
    const committed = await readFile(path);
    assert.equal(
      createHash('sha256').update(committed).digest('hex'),
      generated.digest('hex'),
      `make it again: ipcbench trace generate ${generator.name} --preset ${name} --out fixtures/${name}.jsonl`,
    );
    const summary = await validateTrace(path);
    assert.equal(summary.operations, header.operations);
    assert.ok(summary.durationMs <= 30_000 && committed.length < 600_000);
  });
}
