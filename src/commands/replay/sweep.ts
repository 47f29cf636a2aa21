import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IpcbenchError } from '../../errors.js';
import { parseCount } from '../../measure/quantity.js';
import type { Report, Sweep } from '../../report/model.js';
import { regenerated } from '../../trace/generate/index.js';
import { readTrace } from '../../trace/reader.js';
import { writeTrace } from '../../trace/writer.js';

/** One option tried at several values: of a strategy, or of the generator that made the trace. */
export interface SweepRequest {
  /** The strategy's spec without the swept option; undefined where the trace is swept. */
  strategy: string | undefined;
  option: string;
  values: (number | string)[];
}

const linearPoints = 5;
const doublingFrom = 4;

/**
 * Reads `lock-pool:size=16..1024`, `lock-pool:proxy=kept,size=16,64,256` or `trace:accounts=50..400`.
 * @throws IpcbenchError `BAD_OPTION`
 */
export function parseSweep(text: string): SweepRequest {
  const [, before = '', option = '', values = ''] = /^(.+?)[:,]([A-Za-z][\w-]*)=([^=]+)$/.exec(text) ?? [];
  const list = expand(values);
  if (option === '' || list.length < 2) {
    throw new IpcbenchError(
      'BAD_OPTION',
      `--sweep ${text}: expected a strategy or "trace", an option and its values, such as lock-pool:size=16..1024 or trace:accounts=50,100,200`,
    );
  }
  return { strategy: before === 'trace' ? undefined : before, option, values: list };
}

/** The strategies that a sweep over a strategy's option replays, and how the report groups them. */
export function sweptStrategies({ strategy = '', option, values }: SweepRequest): { specs: string[]; sweep: Sweep } {
  const specs = values.map((value) => `${strategy}${strategy.includes(':') ? ',' : ':'}${option}=${value}`);
  const points = values.map((value, index) => ({ label: specs[index] ?? '', value }));
  return { specs, sweep: { strategy, option, points } };
}

/**
 * Makes the trace again with one parameter changed and calls `use` with it.
 * @throws IpcbenchError `BAD_OPTION` for a trace that was not generated, an unknown parameter or a value out of range
 */
export async function withRegenerated<T>(
  trace: string,
  option: string,
  value: number | string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  if (typeof value !== 'number') {
    throw new IpcbenchError('BAD_OPTION', `--sweep trace:${option}: ${value} is not a number`);
  }
  const original = await readTrace(trace);
  await original.close();
  const { header, operations } = regenerated(original.header, { [option]: value });
  const folder = await mkdtemp(join(tmpdir(), 'ipcbench-sweep-'));
  try {
    const path = join(folder, 'trace.jsonl');
    await writeTrace(path, header, operations);
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Puts the reports of a trace's variants into one, each result under its own label. */
export function joinVariants(
  variants: readonly { value: number | string; report: Report }[],
  strategy: string,
  option: string,
): Report {
  const [first] = variants;
  if (first === undefined) throw new IpcbenchError('INTERRUPTED', 'interrupted before anything was measured');
  const labelOf = (value: number | string): string => `${strategy} ${option}=${value}`;
  const results = variants.flatMap(({ value, report }) =>
    report.results.map((result) => ({ ...result, label: labelOf(value) })),
  );
  const points = variants.map(({ value }) => ({ label: labelOf(value), value }));
  const state = variants.every(({ report }) => report.state === 'complete') ? 'complete' : 'interrupted';
  return { ...first.report, state, baseline: labelOf(first.value), results, sweep: { strategy, option, points } };
}

/** `16..1024` doubles where the ends lie far apart, and goes in equal steps otherwise; `16,64` is a list. */
function expand(text: string): (number | string)[] {
  const [from, to, ...more] = text.split('..').map((part) => parseCount(part));
  if (!text.includes('..')) return text.split(',').map((part) => parseCount(part) ?? part);
  if (from === undefined || to === undefined || more.length > 0 || from <= 0 || to <= from) return [];
  const values: number[] = [];
  if (to / from >= doublingFrom) for (let value = from; value < to; value *= 2) values.push(value);
  else
    for (let step = 0; step < linearPoints - 1; step++)
      values.push(Math.round(from + ((to - from) * step) / (linearPoints - 1)));
  return [...new Set([...values, to])];
}
