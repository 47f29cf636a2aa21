import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { joinTraceEvents } from '#src/monitor/clinic/trace-events.js';
import { folder } from '../../replay/bench-trace.js';

const event = (ts: number): string => `{"ts":${ts},"args":{}}`;

async function joined(home: string, files: Record<string, string>): Promise<unknown> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(home, name), text);
  await joinTraceEvents(home, join(home, 'all'));
  return JSON.parse(await readFile(join(home, 'all'), 'utf8'));
}

test('files of trace events become one, in their order', async (context) => {
  const all = await joined(await folder(context), {
    'node_trace.10.log': `{"traceEvents":[${event(4)}]}`,
    'node_trace.9.log': `{"traceEvents":[${event(2)},${event(3)}]}`,
    'node_trace.1.log': `{"traceEvents":[${event(1)}]}`,
    'other.log': 'no trace events',
  });
  assert.deepEqual(all, { traceEvents: [1, 2, 3, 4].map((ts) => ({ ts, args: {} })) });
});

test('the last file of a process that was killed lacks its ending', async (context) => {
  const all = await joined(await folder(context), {
    'node_trace.1.log': `{"traceEvents":[${event(1)}]}`,
    'node_trace.2.log': `{"traceEvents":[${event(2)}`,
  });
  assert.deepEqual(all, { traceEvents: [1, 2].map((ts) => ({ ts, args: {} })) });
});

test('no file at all is an error', async (context) => {
  await assert.rejects(joined(await folder(context), {}), /wrote no trace events/);
});
