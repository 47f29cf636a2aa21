import { IpcbenchError } from '../errors.js';
import { loadStrategy } from '../strategies/index.js';
import type { Entry } from './entry-result.js';
import { parseFault } from './fault.js';
import { optionOf, refuseIdleFlags } from './idle-flags.js';
import { type Joined, joinCoordinators } from './join.js';
import { makePlan, type Plan } from './plan.js';
import {
  fitting,
  refuseContradictions,
  refuseImpossibleLoad,
  refuseLongWarmup,
  refuseWithoutCycles,
} from './refusal.js';
import type { ReplayOptions } from './replay-options.js';

/** What a replay begins with. */
export interface Prepared {
  /** Of the strategies that can replay the trace. */
  entries: Entry[];
  joined: Joined | undefined;
  plan: Plan;
}

/**
 * Checks everything that can be checked before anything is started, and deals the trace.
 * @param makeFolder of the plan's files
 * @throws IpcbenchError `USAGE`, `BAD_TRACE`, `BAD_OPTION`, `UNKNOWN_STRATEGY`, `BAD_STRATEGY`, `FILE`
 */
export async function prepare(options: ReplayOptions, makeFolder: () => string): Promise<Prepared> {
  refuseContradictions(options);
  for (const fault of options.faults ?? []) parseFault(fault);
  const loaded = await loadEntries(options);
  const joined = await joinedBy(options, loaded);
  const plan = await makePlan({
    trace: options.trace,
    directory: makeFolder(),
    workers: options.workers,
    only: options.only ?? [],
    durationMs: options.durationMs,
    skipInvalid: options.skipInvalid ?? false,
    shard: options.shard,
    onProgress: (operations) => options.onProgress?.({ stage: 'reading', operations }),
  });
  options.onTrace?.(plan.kinds);
  const entries = await fitting(loaded, plan.capabilities, options.optional ?? []);
  refuseIdleFlags(options, plan, entries);
  refuseLongWarmup(options.warmupMs, plan);
  refuseImpossibleLoad(options, plan);
  refuseWithoutCycles(options, plan.capabilities);
  return { entries, joined, plan };
}

async function loadEntries({ strategies, servers, target, optional = [] }: ReplayOptions): Promise<Entry[]> {
  const headers =
    target === undefined || Object.keys(target.headers).length === 0 ? '' : JSON.stringify(target.headers);
  const endpoint = target === undefined ? {} : { endpoint: target.url, headers, 'allow-remote': target.allowRemote };
  const loaded = await Promise.all(
    [...new Set(strategies)].map((spec) => loadStrategy(spec, process.cwd(), { servers, ...endpoint })),
  );
  return Promise.all(
    loaded.map(async (one) => {
      const unavailable = await one.strategy.unavailable?.(one.options);
      // Nobody said where to: a fault of the command line, and not of this machine.
      if (unavailable !== undefined && optionOf(one, 'endpoint') === '' && !optional.includes(one.label))
        throw new IpcbenchError('BAD_OPTION', `${one.label}: ${unavailable}`);
      return { loaded: one, unavailable, rounds: [], parts: [], total: undefined, failure: undefined };
    }),
  );
}

async function joinedBy(
  { join = [], secretFile }: ReplayOptions,
  entries: readonly Entry[],
): Promise<Joined | undefined> {
  const [entry] = entries;
  return join.length === 0 || entry === undefined ? undefined : joinCoordinators(join, secretFile, entry.loaded);
}
