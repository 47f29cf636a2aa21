import { type ForwardStep, type TraceOperation, traceVersion } from '../operation.js';
import { every, merged, rounded } from './arrivals.js';
import { generateOrders } from './orders.js';
import {
  counted,
  type GeneratedTrace,
  type GenerateOptions,
  type ParameterTable,
  type ParameterValues,
  parameterValues,
  type TraceGenerator,
} from './parameter.js';
import { generateSubmits } from './submits.js';

/** What the `mixed` generator turns on: one service that takes orders and submits, and asks its miners. A rate of 0 leaves that out. */
export const mixedParameters = {
  durationMs: { default: 15_000, unit: 'ms', describe: 'length of the trace', min: 1 },
  ordersPerSecond: {
    default: 10,
    unit: 'per second',
    describe: 'orders, with a drawdown checker and a ledger beside them',
  },
  submitsPerSecond: { default: 5, unit: 'per second', describe: 'submits' },
  missShare: { default: 0.2, unit: '', describe: 'share of the submits whose row is missing in the replica', max: 1 },
  cyclePeriodMs: { default: 5000, unit: 'ms', describe: 'time between cycles of calls to the miners' },
  miners: { default: 60, unit: '', describe: 'miners asked in a cycle', min: 1, max: 100_000, whole: true },
  timeoutMs: { default: 1000, unit: 'ms', describe: 'when a miner that has not answered is cut', min: 1 },
  rows: { default: 100, unit: '', describe: 'rows of an answer', max: 1_000_000, whole: true },
} as const satisfies ParameterTable;

export type MixedParameters = ParameterValues<typeof mixedParameters>;

const cycler = 'forwarder';

/**
 * A trace of orders, submits and cycles as one load, for strategies that are joined.
 * @throws IpcbenchError `BAD_OPTION` for an unknown parameter or a value out of range
 */
export function generateMixed(
  parameters: Partial<MixedParameters> = {},
  { seed = 1, name = 'mixed' }: GenerateOptions = {},
): GeneratedTrace {
  const values = parameterValues(mixedParameters, parameters);
  const parts = [
    ...(values.ordersPerSecond > 0 ? [orders(values, seed)] : []),
    ...(values.submitsPerSecond > 0 ? [submits(values, seed)] : []),
  ];
  const cycles = values.cyclePeriodMs > 0;
  const header: GeneratedTrace['header'] = {
    ipcbench: 'trace',
    version: traceVersion,
    name,
    provenance: { kind: 'generated', generator: 'mixed', seed, parameters: values },
    primary: values.ordersPerSecond > 0 ? 'order' : values.submitsPerSecond > 0 ? 'submit' : 'forward',
    durationMs: values.durationMs,
    structures: parts.flatMap((part) => part.header.structures),
    processes: [...parts.flatMap((part) => part.header.processes), { name: cycler }],
    templates: Object.assign(
      {},
      ...parts.map((part) => part.header.templates),
      cycles ? { forward: [cycleOf(values, seed)] } : {},
    ),
  };
  const streams = () => [...parts.map((part) => part.operations[Symbol.iterator]()), forwards(values)];
  return counted({ header, operations: { [Symbol.iterator]: () => merged(streams()) } });
}

/** The generator behind `ipcbench trace generate mixed`. */
export const mixedGenerator: TraceGenerator<typeof mixedParameters> = {
  name: 'mixed',
  summary: 'orders, submits and cycles as one load, for strategies that are joined',
  parameters: mixedParameters,
  presets: {
    'mixed-service': { summary: 'ten orders and five submits a second, a cycle every five', seed: 51, values: {} },
  },
  generate: generateMixed,
};

function orders({ durationMs, ordersPerSecond }: MixedParameters, seed: number): GeneratedTrace {
  return generateOrders({ durationMs, ordersPerSecond, accounts: 20, instruments: 10, validators: 2 }, { seed });
}

function submits({ durationMs, submitsPerSecond, missShare }: MixedParameters, seed: number): GeneratedTrace {
  const values = { epochs: 1, epochMs: durationMs, accounts: 20, clients: 1, perSecond: submitsPerSecond, missShare };
  return generateSubmits(values, { seed });
}

function cycleOf({ timeoutMs, miners, rows }: MixedParameters, seed: number): ForwardStep {
  const delay = { medianMs: timeoutMs / 8, sigma: 1.1 };
  return { do: 'forward', timeoutMs, miners: { count: miners, delay, rows, seed } };
}

function* forwards({ durationMs, cyclePeriodMs }: MixedParameters): Generator<TraceOperation> {
  for (const atMs of every(cyclePeriodMs, durationMs, 0.5)) yield { at: rounded(atMs), op: 'forward', process: cycler };
}
