import type { Step, TraceOperation, TraceProcess, TraceStructure } from '../operation.js';
import { traceVersion } from '../operation.js';
import { arrivals, every, merged, rounded } from './arrivals.js';
import { type LedgerParameters, ledgerParameters, ledgerPresets } from './ledger-parameters.js';
import {
  counted,
  type GeneratedTrace,
  type GenerateOptions,
  parameterValues,
  type TraceGenerator,
} from './parameter.js';
import { randomFrom, zipf } from './random.js';

/** One kind of operation: its template, and its operations in order of time. */
interface Workload {
  op: string;
  steps: Step[];
  processes: TraceProcess[];
  operations(values: LedgerParameters, seed: number): Generator<TraceOperation>;
}

/**
 * A trace of bulk and hot access to shared state. What `parameters` leaves out keeps its default, which is not to happen at all.
 * @throws IpcbenchError `BAD_OPTION` for an unknown parameter or a value out of range
 */
export function generateLedger(
  parameters: Partial<LedgerParameters> = {},
  { seed = 1, name = 'ledger' }: GenerateOptions = {},
): GeneratedTrace {
  const values = parameterValues(ledgerParameters, parameters);
  const chosen = workloads(values);
  const processes = new Map(chosen.flatMap((workload) => workload.processes).map((process) => [process.name, process]));
  const header: GeneratedTrace['header'] = {
    ipcbench: 'trace',
    version: traceVersion,
    name,
    provenance: { kind: 'generated', generator: 'ledger', seed, parameters: values },
    durationMs: values.durationMs,
    structures: structures(values),
    processes: processes.size > 0 ? [...processes.values()] : [{ name: 'idle' }],
    templates: Object.fromEntries(chosen.map(({ op, steps }) => [op, steps])),
  };
  const [first] = chosen;
  if (first !== undefined) header.primary = first.op;
  const operations = {
    [Symbol.iterator]: () => merged(chosen.map((workload) => workload.operations(values, seed))),
  };
  return counted({ header, operations });
}

/** The generator behind `ipcbench trace generate ledger`. */
export const ledgerGenerator: TraceGenerator<typeof ledgerParameters> = {
  name: 'ledger',
  summary: 'bulk updates, batches, replacements and hot reads of shared state',
  parameters: ledgerParameters,
  presets: ledgerPresets,
  generate: generateLedger,
};

const readerName = (index: number): string => `reader-${index}`;

/** An operation that comes evenly spaced, by a process of its own: what is slow shall not make others late. */
interface Periodic {
  op: string;
  process: string;
  periodMs: number;
  /** When the first one is due, in periods. */
  firstShare: number;
  steps: Step[];
  /** What tells one from the next. */
  fields?: (index: number) => Record<string, string>;
}

function periodic({ op, process, periodMs, firstShare, steps, fields }: Periodic): Workload {
  function* operations({ durationMs }: LedgerParameters): Generator<TraceOperation> {
    let index = 0;
    for (const atMs of every(periodMs, durationMs, firstShare)) {
      const operation: TraceOperation = { at: rounded(atMs), op, process };
      if (fields !== undefined) operation.fields = fields(index++);
      yield operation;
    }
  }
  return { op, steps, processes: [{ name: process }], operations };
}

/** Those that the values ask for, the primary one first. */
function workloads(values: LedgerParameters): Workload[] {
  return [
    ...bulkWorkloads(values)
      .filter(({ periodMs }) => periodMs > 0)
      .map(periodic),
    ...(values.readsPerSecond > 0 ? [hotReads(values)] : []),
    ...(values.ordersPerSecond > 0 ? [writers()] : []),
  ];
}

function bulkWorkloads(values: LedgerParameters): Periodic[] {
  const { bundles, bundleBytes, smallBytes, patchPeriodMs, smallPeriodMs, replacePeriodMs, clearPeriodMs } = values;
  const patch: Step = { do: 'patch-many', in: 'ledgers', bytes: values.patchBytes, batch: true };
  const small = {
    do: 'write-many',
    in: 'statistics',
    prefix: 's',
    count: values.smallWrites,
    bytes: smallBytes,
  } as const;
  const replace: Step = {
    do: 'replace-all',
    in: 'ledgers',
    prefix: '{generation}',
    count: bundles,
    bytes: bundleBytes,
  };
  const fill: Step = { do: 'write-many', in: 'scratch', prefix: 'c', count: values.clearKeys, bytes: smallBytes };
  const clear: Step = { do: 'clear', in: 'scratch' };
  // Every other time under other keys, so that what was there has to be deleted
  const generation = (index: number): Record<string, string> => ({ generation: index % 2 === 0 ? 'even' : 'odd' });
  const writer = { process: 'writer', periodMs: smallPeriodMs };
  const cleaner = { process: 'cleaner', periodMs: clearPeriodMs };
  return [
    { op: 'update', process: 'updater', periodMs: patchPeriodMs, firstShare: 0.25, steps: [patch] },
    { op: 'write-each', ...writer, firstShare: 0.25, steps: [{ ...small, batch: false }] },
    { op: 'write-batch', ...writer, firstShare: 0.75, steps: [{ ...small, batch: true }] },
    {
      op: 'replace',
      process: 'replacer',
      periodMs: replacePeriodMs,
      firstShare: 0.5,
      steps: [replace],
      fields: generation,
    },
    { op: 'fill', ...cleaner, firstShare: 0.25, steps: [fill] },
    { op: 'clear', ...cleaner, firstShare: 0.75, steps: [clear] },
  ];
}

function hotReads({ readers }: LedgerParameters): Workload {
  return {
    op: 'read',
    steps: [
      { do: 'read', in: 'prices', key: '{instrument}' },
      { do: 'read', in: 'positions', key: '{position}' },
    ],
    processes: Array.from({ length: readers }, (_, index) => ({ name: readerName(index) })),
    *operations(values, seed) {
      const random = randomFrom(seed, 'reads');
      const [position, instrument] = [zipf(values.positions, values.skew), zipf(values.instruments, values.skew)];
      const plan = { perSecond: values.readsPerSecond, durationMs: values.durationMs, burstSize: 1, burstGapMs: 0 };
      for (const { atMs } of arrivals(plan, random))
        yield {
          at: rounded(atMs),
          op: 'read',
          process: readerName(random.below(readers)),
          fields: { instrument: `i${instrument(random)}`, position: `p${position(random)}` },
        };
    },
  };
}

/** Orders that change the positions which are being read: without them a cache could not be found out. */
function writers(): Workload {
  return {
    op: 'order',
    steps: [
      { do: 'lock', key: '{position}' },
      { do: 'read', in: 'positions', key: '{position}' },
      { do: 'wait', ms: 2 },
      { do: 'write', in: 'positions', key: '{position}' },
      { do: 'unlock' },
    ],
    processes: [{ name: 'trader' }],
    *operations(values, seed) {
      const random = randomFrom(seed, 'orders');
      const position = zipf(values.positions, values.skew);
      const plan = { perSecond: values.ordersPerSecond, durationMs: values.durationMs, burstSize: 1, burstGapMs: 0 };
      for (const { atMs } of arrivals(plan, random))
        yield { at: rounded(atMs), op: 'order', process: 'trader', fields: { position: `p${position(random)}` } };
    },
  };
}

/** Those that the values make use of. */
function structures(values: LedgerParameters): TraceStructure[] {
  const { bundles, bundleBytes, smallBytes } = values;
  const dict = (
    used: boolean,
    name: string,
    group: TraceStructure['group'],
    bytes: number,
    initial?: TraceStructure['initial'],
  ): TraceStructure[] =>
    used ? [{ name, kind: 'dict', group, value: { bytes, shape: 'nested' }, ...(initial && { initial }) }] : [];
  const bulk = values.patchPeriodMs > 0 || values.replacePeriodMs > 0;
  const reads = values.readsPerSecond > 0;
  return [
    ...dict(bulk, 'ledgers', 'ledger', bundleBytes, { prefix: 'bundle', count: bundles }),
    ...dict(values.smallPeriodMs > 0, 'statistics', 'general', smallBytes),
    ...dict(values.clearPeriodMs > 0, 'scratch', 'general', smallBytes),
    ...dict(reads, 'prices', 'general', 120, { prefix: 'i', count: values.instruments }),
    ...dict(reads || values.ordersPerSecond > 0, 'positions', 'position', values.positionBytes, {
      prefix: 'p',
      count: values.positions,
    }),
  ];
}
