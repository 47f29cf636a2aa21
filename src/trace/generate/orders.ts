import { type TraceOperation, traceVersion } from '../operation.js';
import { type Arrival, arrivals, merged, rounded } from './arrivals.js';
import {
  accountName,
  daemonName,
  instrumentName,
  ledgerName,
  ordersProcesses,
  ordersStructures,
  ordersTemplates,
  validatorName,
} from './orders-header.js';
import { type OrdersParameters, ordersParameters, ordersPresets } from './orders-parameters.js';
import { type GeneratedTrace, type GenerateOptions, parameterValues, type TraceGenerator } from './parameter.js';
import { type Random, randomFrom, zipf } from './random.js';

interface Pair {
  account: string;
  instrument: string;
}

/**
 * A trace of orders with the daemons and bulk ledgers that share their coordinators. What `parameters` leaves out keeps its default.
 * @throws IpcbenchError `BAD_OPTION` for an unknown parameter or a value out of range
 */
export function generateOrders(
  parameters: Partial<OrdersParameters> = {},
  { seed = 1, name = 'orders' }: GenerateOptions = {},
): GeneratedTrace {
  const values = parameterValues(ordersParameters, parameters);
  const operations = {
    *[Symbol.iterator](): Generator<TraceOperation> {
      yield* daemonOperations(values);
      yield* merged([orders(values, seed), reads(values, seed)]);
    },
  };
  const { keys, count } = survey(operations);
  const header: GeneratedTrace['header'] = {
    ipcbench: 'trace',
    version: traceVersion,
    name,
    provenance: { kind: 'generated', generator: 'orders', seed, parameters: values },
    primary: 'order',
    durationMs: values.durationMs,
    operations: count,
    structures: ordersStructures(values, keys),
    processes: ordersProcesses(values),
    templates: ordersTemplates(values),
  };
  if (values.ordersPerSecond === 0) delete header.primary;
  return { header, operations };
}

/** The generator behind `ipcbench trace generate orders`. */
export const ordersGenerator: TraceGenerator<typeof ordersParameters> = {
  name: 'orders',
  summary: 'orders against daemons and bulk ledgers on shared coordinators',
  parameters: ordersParameters,
  presets: ordersPresets,
  generate: generateOrders,
};

function* orders(values: OrdersParameters, seed: number): Generator<TraceOperation> {
  const random = randomFrom(seed, 'orders');
  const draw = pairSource(values);
  const plan = { ...values, perSecond: values.ordersPerSecond };
  let last: { burst: number; account: string } | undefined;
  for (const arrival of arrivals(plan, randomFrom(seed, 'order arrivals'))) {
    const pair = inBurst(draw(random), arrival, last, values, random);
    last = { burst: arrival.burst, account: pair.account };
    yield {
      at: rounded(arrival.atMs),
      op: 'order',
      process: validatorName(random.below(values.validators)),
      fields: { ...pair, ...orderSizes(values, random) },
    };
  }
}

/** Some orders of a burst are the account's that began it, on other instruments. Hot keys are left as drawn. */
function inBurst(
  pair: Pair,
  { burst }: Arrival,
  last: { burst: number; account: string } | undefined,
  values: OrdersParameters,
  random: Random,
): Pair {
  if (last?.burst !== burst || values.hotKeys > 0 || random.uniform() >= values.burstAccountShare) return pair;
  return { account: last.account, instrument: pair.instrument };
}

function orderSizes(values: OrdersParameters, random: Random): Record<string, number> {
  const position = Math.min(
    values.positionMaxBytes,
    Math.round(random.logNormal(values.positionBytes, values.positionSigma)),
  );
  const sizes: Record<string, number> = { position };
  if (values.messages > 0) sizes.message = Math.round(values.messageBytes * (2 / 3 + random.uniform() * (2 / 3)));
  if (values.processJitter > 0) {
    const spread = 1 + values.processJitter * (2 * random.uniform() - 1);
    sizes.processMs = rounded(values.processMs * values.workScale * spread);
  }
  return sizes;
}

function* reads(values: OrdersParameters, seed: number): Generator<TraceOperation> {
  const random = randomFrom(seed, 'reads');
  const draw = pairSource(values);
  const plan = { perSecond: values.readsPerSecond, durationMs: values.durationMs, burstSize: 1, burstGapMs: 0 };
  for (const { atMs } of arrivals(plan, random))
    yield {
      at: rounded(atMs),
      op: 'read',
      process: validatorName(random.below(values.validators)),
      fields: { ...draw(random) },
    };
}

/** Which account trades which instrument next. */
function pairSource(values: OrdersParameters): (random: Random) => Pair {
  const account = zipf(values.accounts, values.accountSkew);
  const instrument = zipf(values.instruments, values.instrumentSkew);
  const hot = zipf(Math.max(1, values.hotKeys), values.hotSkew);
  return (random) => {
    if (values.hotKeys > 0 && random.uniform() < values.hotShare) {
      const rank = hot(random);
      const [row, column] = [Math.floor(rank / values.instruments), rank % values.instruments];
      return { account: accountName(row % values.accounts), instrument: instrumentName(column) };
    }
    return { account: accountName(account(random)), instrument: instrumentName(instrument(random)) };
  };
}

/** One round of each daemon's loop. */
function* daemonOperations(values: OrdersParameters): Generator<TraceOperation> {
  for (let index = 0; index < values.drawdownProcesses; index++) {
    const process = daemonName('drawdown', index, values.drawdownProcesses);
    for (let rank = index; rank < values.accounts; rank += values.drawdownProcesses)
      yield { op: 'scan', process, fields: { account: accountName(rank) } };
  }
  for (let index = 0; index < values.eliminationProcesses; index++)
    yield { op: 'eliminate', process: daemonName('elimination', index, values.eliminationProcesses) };
  for (let index = 0; index < values.ledgerProcesses; index++)
    yield {
      op: 'update',
      process: daemonName('ledger', index, values.ledgerProcesses),
      use: `update-${ledgerName(index)}`,
    };
  for (let index = 0; index < values.publisherProcesses; index++)
    yield { op: 'publish', process: daemonName('publisher', index, values.publisherProcesses) };
}

/** One pass ahead: every position that an order will touch, in the order of the first touch, and how many operations there are. */
function survey(operations: Iterable<TraceOperation>): { keys: string[]; count: number } {
  const keys = new Set<string>();
  let count = 0;
  for (const { op, fields } of operations) {
    count++;
    if (op === 'order') keys.add(`${fields?.account}|${fields?.instrument}`);
  }
  return { keys: [...keys], count };
}
