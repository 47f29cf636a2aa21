import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { MeasuredResult } from '#src/measure/result.js';
import { type ReplayOptions, replay } from '#src/replay/replay.js';
import type { ReplayRun } from '#src/replay/replay-run.js';
import type { TraceHeader, TraceOperation } from '#src/trace/operation.js';

/** Root of the package: tests run from build/test/replay. */
export const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** A third-party strategy of these tests, with options as on the command line. */
export function strategyOf(name: string, options = ''): string {
  return `${join(packageRoot, 'test/replay/strategies', `${name}.mjs`)}${options === '' ? '' : `:${options}`}`;
}

/** Small values, an order that reads and writes one entry under its lock for at least 1 ms, and a look that only reads. */
export const plainHeader: TraceHeader = {
  ipcbench: 'trace',
  version: 1,
  name: 'test',
  provenance: { kind: 'recorded' },
  structures: [{ name: 'positions', kind: 'dict', group: 'position', value: { bytes: 50, shape: 'nested' } }],
  processes: [{ name: 'p0' }],
  templates: {
    order: [
      { do: 'lock', key: '{key}', timeoutMs: 10_000 },
      { do: 'read', in: 'positions', key: '{key}' },
      { do: 'wait', ms: 1 },
      { do: 'write', in: 'positions', key: '{key}' },
      { do: 'unlock' },
    ],
    look: [{ do: 'read', in: 'positions', key: '{key}' }],
  },
};

export function headerOf(processes: TraceHeader['processes'], more: Partial<TraceHeader> = {}): TraceHeader {
  return { ...plainHeader, ...more, processes };
}

/** `count` operations, `everyMs` apart. */
export function every(
  everyMs: number,
  count: number,
  make: (index: number) => Omit<TraceOperation, 'at'>,
): TraceOperation[] {
  return Array.from({ length: count }, (_, index) => ({ at: index * everyMs, ...make(index) }));
}

export function look(key: string, process = 'p0'): Omit<TraceOperation, 'at'> {
  return { op: 'look', process, fields: { key } };
}

/** Operations of all processes, sorted by their due times. */
export function merged(...lists: TraceOperation[][]): TraceOperation[] {
  return lists.flat().sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
}

/** A folder that is gone after the test. */
export async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'replay-test-'));
  context.after(() => rm(path, { recursive: true, force: true, maxRetries: 5 }));
  return path;
}

export async function writeTrace(
  context: TestContext,
  header: TraceHeader,
  operations: readonly TraceOperation[],
): Promise<string> {
  const path = join(await folder(context), 'trace.jsonl');
  await writeFile(path, [header, ...operations].map((line) => `${JSON.stringify(line)}\n`).join(''));
  return path;
}

/** Replays a trace made for this test. */
export async function replayed(
  context: TestContext,
  header: TraceHeader,
  operations: readonly TraceOperation[],
  options: Omit<ReplayOptions, 'trace'>,
): Promise<ReplayRun> {
  return replay({ trace: await writeTrace(context, header, operations), drainMs: 10_000, ...options });
}

/** The result of a run's only strategy, or of the one at `index`. */
export function measured(run: ReplayRun, index = 0): MeasuredResult {
  const result = run.results[index];
  if (result === undefined) throw new Error(`the run has no result ${index}`);
  if ('reason' in result && !('operations' in result)) throw new Error(`${result.label}: ${result.reason}`);
  return result;
}
