import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { TraceHeader } from '#src/trace/operation.js';

/** A small valid header that tests vary. */
export const sampleHeader: TraceHeader = {
  ipcbench: 'trace',
  version: 1,
  name: 'sample',
  provenance: { kind: 'recorded' },
  structures: [
    { name: 'positions', kind: 'dict', group: 'position' },
    { name: 'messages', kind: 'queue', group: 'general' },
    { name: 'clock', kind: 'value', group: 'general' },
  ],
  processes: [{ name: 'validator' }, { name: 'checker', loop: { pauseMs: 10 } }],
  templates: {
    order: [
      { do: 'lock', key: '{key}' },
      { do: 'read', in: 'positions', key: '{key}' },
      { do: 'write', in: 'positions', key: '{key}', bytes: '{bytes}' },
      { do: 'unlock' },
    ],
    look: [{ do: 'read', in: 'positions', key: '{key}' }],
    scan: [
      {
        do: 'each',
        in: 'positions',
        steps: [{ do: 'lock', key: '{item}' }, { do: 'read', in: 'positions', key: '{item}' }, { do: 'unlock' }],
      },
    ],
  },
};

export const sampleOrder = { at: 5, op: 'order', process: 'validator', fields: { key: 'a|b', bytes: 100 } };

/** A trace's text from its lines, as objects or as they shall stand. */
export function traceLines(...lines: unknown[]): string {
  return lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
}

/** A folder that is gone after the test. */
export async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ipcbench-test-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes `content` to `name` in a folder that is gone after the test. */
export async function temporaryFile(context: TestContext, name: string, content: string | Buffer): Promise<string> {
  const path = join(await temporaryFolder(context), name);
  await writeFile(path, content);
  return path;
}
