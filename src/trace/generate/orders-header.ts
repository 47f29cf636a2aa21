import type { Step, TraceProcess, TraceStructure } from '../operation.js';
import type { OrdersParameters } from './orders-parameters.js';

/** How the parts are called; orders carry the account and the instrument as fields. */
export const orderKey = '{account}|{instrument}';
export const accountName = (rank: number): string => `a${rank}`;
export const instrumentName = (rank: number): string => `i${rank}`;
export const validatorName = (index: number): string => `validator-${index}`;
export const daemonName = (kind: string, index: number, of: number): string => (of === 1 ? kind : `${kind}-${index}`);
export const ledgerName = (index: number): string => `ledger-${index}`;

const repeated = (count: number, steps: readonly Step[]): Step[] =>
  Array.from({ length: count }, (_, index) => steps[index % steps.length]).filter((step) => step !== undefined);

/** A wait, unless it takes no time. */
const wait = (ms: number | string, phase?: 'disk'): Step[] =>
  ms === 0 ? [] : [phase === undefined ? { do: 'wait', ms } : { do: 'wait', ms, phase }];

/** One order, from fetching its price to releasing its lock. */
export function orderSteps(values: OrdersParameters): Step[] {
  const { workScale: scale } = values;
  const processMs = values.processJitter > 0 ? '{processMs}' : values.processMs * scale;
  const cpuMs = values.processCpuMs * scale;
  return [
    ...wait(values.fetchMs * scale),
    ...wait(values.validateMs * scale),
    ...repeated(values.listReads, [
      { do: 'read', in: 'accounts' },
      { do: 'read', in: 'eliminations' },
      { do: 'read', in: 'departed' },
    ]),
    ...repeated(values.lookupReads, [
      { do: 'read', in: 'assetSelections', key: '{account}' },
      { do: 'read', in: 'prices', key: '{instrument}' },
    ]),
    { do: 'lock', key: orderKey, timeoutMs: values.lockTimeoutMs },
    ...repeated(values.cooldownReads, [{ do: 'read', in: 'cooldowns', key: orderKey }]),
    ...repeated(values.sizeReads, [{ do: 'read', in: 'accountSizes', key: '{account}' }]),
    ...repeated(values.positionReads, [{ do: 'read', in: 'positions', key: orderKey }]),
    ...wait(processMs),
    ...(cpuMs === 0 ? [] : [{ do: 'cpu', ms: cpuMs } as const]),
    { do: 'write', in: 'positions', key: orderKey, bytes: '{position}' },
    ...wait(values.diskMs * scale, 'disk'),
    ...repeated(values.messages, [{ do: 'put', in: 'messages', bytes: '{message}' }]),
    { do: 'unlock' },
  ];
}

const readSteps: Step[] = [
  { do: 'read', in: 'prices', key: '{instrument}' },
  { do: 'read', in: 'positions', key: orderKey },
];

/** The drawdown checker goes through one account's positions, each under its lock. */
function scanSteps({ drawdownKeys, instruments }: OrdersParameters): Step[] {
  const keys = Array.from(
    { length: Math.min(drawdownKeys, instruments) },
    (_, rank) => `{account}|${instrumentName(rank)}`,
  );
  return [
    { do: 'read', in: 'accountSizes', key: '{account}' },
    {
      do: 'each',
      keys,
      steps: [{ do: 'lock', key: '{item}' }, { do: 'read', in: 'positions', key: '{item}' }, { do: 'unlock' }],
    },
  ];
}

const eliminateSteps: Step[] = [
  { do: 'read', in: 'departed' },
  { do: 'read-all', in: 'accountSizes' },
  { do: 'lock', key: 'eliminations' },
  { do: 'read', in: 'eliminations' },
  { do: 'write', in: 'eliminations' },
  { do: 'unlock' },
];

function updateSteps(values: OrdersParameters, ledger: string): Step[] {
  return [
    { do: 'read-all', in: ledger },
    ...wait(values.ledgerWorkMs),
    { do: 'replace-all', in: ledger, prefix: 'bundle', count: values.ledgerBundles, bytes: values.ledgerBundleBytes },
  ];
}

/** Templates of the kinds that occur. */
export function ordersTemplates(values: OrdersParameters): Record<string, Step[]> {
  const templates: Record<string, Step[]> = { order: orderSteps(values) };
  if (values.readsPerSecond > 0) templates.read = readSteps;
  if (values.drawdownProcesses > 0) templates.scan = scanSteps(values);
  if (values.eliminationProcesses > 0) templates.eliminate = eliminateSteps;
  for (let index = 0; index < values.ledgerProcesses; index++)
    templates[`update-${ledgerName(index)}`] = updateSteps(values, ledgerName(index));
  if (values.publisherProcesses > 0) templates.publish = [{ do: 'take', in: 'messages', timeoutMs: 1000 }];
  return templates;
}

/** Structures as the model case has them. `positionKeys`: those that exist before the first order. */
export function ordersStructures(values: OrdersParameters, positionKeys: string[]): TraceStructure[] {
  const general = { group: 'general' } as const;
  const perAccount = { prefix: 'a', count: values.accounts };
  const list = (bytes: number): Partial<TraceStructure> => ({
    value: { bytes, shape: 'nested' },
    initial: { count: 1 },
  });
  const small = (bytes: number): Partial<TraceStructure> => ({ value: { bytes, shape: 'nested' } });
  return [
    {
      name: 'positions',
      kind: 'dict',
      group: 'position',
      value: { bytes: Math.round(values.positionBytes), shape: 'nested' },
      initial: { keys: positionKeys },
    },
    ...Array.from(
      { length: values.ledgerProcesses },
      (_, index): TraceStructure => ({
        name: ledgerName(index),
        kind: 'dict',
        group: 'ledger',
        value: { bytes: values.ledgerBundleBytes, shape: 'nested' },
        initial: { prefix: 'bundle', count: values.ledgerBundles },
      }),
    ),
    { name: 'accountSizes', kind: 'dict', ...general, ...small(200), initial: perAccount },
    { name: 'assetSelections', kind: 'dict', ...general, ...small(120), initial: perAccount },
    { name: 'cooldowns', kind: 'dict', ...general, ...small(60) },
    { name: 'prices', kind: 'dict', ...general, ...small(120), initial: { prefix: 'i', count: values.instruments } },
    { name: 'accounts', kind: 'value', ...general, ...list(64 * values.accounts) },
    { name: 'eliminations', kind: 'value', ...general, ...list(2000) },
    { name: 'departed', kind: 'value', ...general, ...list(1000) },
    { name: 'messages', kind: 'queue', ...general, ...small(Math.round(values.messageBytes)) },
  ];
}

/** The validators, then the daemons, each a closed loop. */
export function ordersProcesses(values: OrdersParameters): TraceProcess[] {
  const daemons = (kind: string, count: number, pauseMs: number): TraceProcess[] =>
    Array.from({ length: count }, (_, index) => ({ name: daemonName(kind, index, count), loop: { pauseMs } }));
  return [
    ...Array.from({ length: values.validators }, (_, index) => ({ name: validatorName(index) })),
    ...daemons('drawdown', values.drawdownProcesses, values.drawdownPauseMs),
    ...daemons('elimination', values.eliminationProcesses, values.eliminationPauseMs),
    ...daemons('ledger', values.ledgerProcesses, values.ledgerPauseMs),
    ...daemons('publisher', values.publisherProcesses, 0),
  ];
}
