import { loadStrategy } from '../strategies/index.js';
import { validateTrace } from '../trace/reader.js';
import { isWanted } from './deal.js';
import { parseFault } from './fault.js';
import { joinCoordinators } from './join.js';
import { fitting, refuseWithoutCycles } from './refusal.js';
import type { ReplayOptions } from './replay-options.js';
import { processesOfShard } from './shard.js';

/** What a replay would do. */
export interface Rehearsal {
  operations: number;
  durationMs: number;
  /** Of a shard: the processes that it would replay. */
  processes: string[] | undefined;
  /** Labels of those that can replay the trace. */
  strategies: string[];
}

/**
 * Checks what a replay checks before it starts anything, and starts nothing.
 * @throws IpcbenchError as `replay`
 */
export async function rehearseReplay(options: ReplayOptions): Promise<Rehearsal> {
  const { trace, strategies, skipInvalid = false, shard, join = [], secretFile, only = [], durationMs } = options;
  const loaded = await Promise.all(strategies.map((spec) => loadStrategy(spec)));
  const [first] = loaded;
  if (first !== undefined && join.length > 0) await joinCoordinators(join, secretFile, first);
  const summary = await validateTrace(trace, { skipInvalid });
  const entries = loaded.map((one) => ({ loaded: one }));
  const fit = await fitting(entries, summary.capabilities, options.optional ?? []);
  for (const fault of options.faults ?? []) parseFault(fault);
  refuseWithoutCycles(options, summary.capabilities);
  const processes =
    shard === undefined
      ? undefined
      : await processesOfShard(shard, {
          trace,
          skipInvalid,
          wanted: (operation) => isWanted(operation, { only, durationMs }),
        });
  return {
    operations: summary.operations,
    durationMs: summary.durationMs,
    processes: processes === undefined ? undefined : [...processes],
    strategies: fit.map((one) => one.loaded.label),
  };
}
