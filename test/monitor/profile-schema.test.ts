import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { profile } from '#src/index.js';
import type { Profile } from '#src/measure/profile.js';
import { startRedis, withoutRedis } from './redis-target.js';
import { busyNode, startNode, startPython } from './target.js';

const schema = JSON.parse(readFileSync(new URL('../../../schema/profile.schema.json', import.meta.url), 'utf8'));
const ajv = new Ajv2020({ strict: true });
const validate = ajv.compile(closed(schema) as object);

/** The same schema for a reader that knows every field: so that no field is left out of it. */
function closed(part: unknown): unknown {
  if (typeof part !== 'object' || part === null) return part;
  if (Array.isArray(part)) return part.map(closed);
  const copy: Record<string, unknown> = Object.fromEntries(
    Object.entries(part).map(([name, value]) => [name, closed(value)]),
  );
  return 'properties' in copy && copy.type === 'object' ? { ...copy, additionalProperties: false } : copy;
}

function assertValid(seen: Profile): void {
  const asPrinted: unknown = JSON.parse(JSON.stringify(seen));
  assert.ok(validate(asPrinted), JSON.stringify(validate.errors?.[0]));
}

test('the profile of a Node process, its CPU profile included, keeps to the shipped schema', async (t: TestContext) => {
  const target = await startNode(t, busyNode, '--inspect-port=0');
  const seen = await profile(target.pid, { durationMs: 1300, cpu: true, children: true });
  assert.ok(seen.cpuProfile?.functions.some(({ name }) => name === 'spin'));
  assert.ok(seen.cpuProfile?.node !== undefined);
  assertValid(seen);
});

test('so does that of a Redis server', { skip: withoutRedis }, async (t: TestContext) => {
  const { pid } = await startRedis(t);
  const seen = await profile(pid, { durationMs: 1100 });
  assert.ok(seen.processes[0]?.redis !== undefined);
  assertValid(seen);
});

test('so do that of a Python process and of one that ends meanwhile', async (t: TestContext) => {
  const target = await startPython(t, "import time; print('ready', flush=True); time.sleep(600)");
  const seen = await profile(target.pid, {
    durationMs: 60_000,
    onSecond: (soFar) => {
      if (soFar.durationMs > 500) void target.end();
    },
  });
  assert.equal(seen.state, 'ended');
  assertValid(seen);
});

test('the schema refuses what is not a profile', () => {
  assert.equal(validate({ schema: 'ipcbench.profile/1' }), false);
  assert.equal(ajv.validateSchema(schema), true);
});

test('a CPU profile that cannot be had is an error at once, not after the watch', async (t: TestContext) => {
  const source = "import signal, time; print('ready', flush=True); time.sleep(600)";
  const target = await startPython(t, source);
  const path = process.env.PATH;
  process.env.PATH = '/nowhere';
  t.after(() => {
    process.env.PATH = path;
  });
  await assert.rejects(profile(target.pid, { durationMs: 600_000, cpu: true }), {
    code: 'UNAVAILABLE',
    message: /needs py-spy, which is not installed: pip install py-spy/,
  });
});
