import { isWanted } from './deal.js';
import { prepare } from './preparation.js';
import type { ReplayOptions } from './replay-options.js';
import { createRunDirectory } from './run-directory.js';
import { processesOfShard } from './shard.js';

/** What a replay would do. */
export interface Rehearsal {
  operations: number;
  durationMs: number;
  /** Of a shard: the processes that it would replay. */
  processes: string[] | undefined;
  /** Labels of those that would replay the trace. */
  strategies: string[];
  /** Those that could if they could run here, with the reason why they cannot. */
  unavailable: { label: string; reason: string }[];
}

/**
 * Checks what a replay checks before it starts anything, and starts nothing.
 * @throws IpcbenchError as `replay`
 */
export async function rehearseReplay(options: ReplayOptions): Promise<Rehearsal> {
  const { trace, skipInvalid = false, shard, only = [], durationMs } = options;
  const directory = createRunDirectory();
  try {
    const { entries, plan } = await prepare(options, () => directory.make('plan'));
    const processes =
      shard === undefined
        ? undefined
        : await processesOfShard(shard, {
            trace,
            skipInvalid,
            wanted: (operation) => isWanted(operation, { only, durationMs }),
          });
    return {
      operations: plan.summary.operations,
      durationMs: plan.summary.durationMs,
      processes: processes === undefined ? undefined : [...processes],
      strategies: entries.filter((one) => one.unavailable === undefined).map((one) => one.loaded.label),
      unavailable: entries.flatMap(({ loaded: { label }, unavailable: reason }) =>
        reason === undefined ? [] : [{ label, reason }],
      ),
    };
  } finally {
    directory.remove();
  }
}
