import { IpcbenchError } from '../errors.js';
import type { Plan } from './plan.js';

/** How fast operations are to come, as asked for. */
interface Load {
  speed?: number;
  ratePerSecond?: number;
  closedConcurrency?: number;
}

/**
 * Refuses what cannot go together, all of it at once.
 * @throws IpcbenchError `USAGE`
 */
export function refuseContradictions({
  speed,
  ratePerSecond,
  closedConcurrency,
  strategies,
}: Load & { strategies: readonly string[] }): void {
  const faults = [
    ...(strategies.length === 0 ? ['no strategy: name one with --strategy, or all'] : []),
    ...(speed !== undefined && ratePerSecond !== undefined
      ? ['--speed and --rate contradict each other: give one']
      : []),
    ...(closedConcurrency !== undefined && (speed !== undefined || ratePerSecond !== undefined)
      ? ['--closed replays as fast as it can: --speed and --rate do not go with it']
      : []),
  ];
  if (faults.length > 0) throw new IpcbenchError('USAGE', faults.join('; '));
}

/**
 * Refuses a load that this plan cannot be given.
 * @throws IpcbenchError `BAD_OPTION`
 */
export function refuseImpossibleLoad({ ratePerSecond, closedConcurrency }: Load, plan: Plan): void {
  const { openOperations, openOperationsOfAll } = plan;
  const faults: [boolean, string, string][] = [
    // A rate is that of all shards: one of which all operations are loops plays its part in it.
    [ratePerSecond !== undefined && openOperationsOfAll === 0, '--rate', 'trace'],
    [closedConcurrency !== undefined && openOperationsOfAll === 0, '--closed', 'trace'],
    [closedConcurrency !== undefined && openOperations === 0, '--closed', 'shard'],
  ];
  const [, flag, what] = faults.find(([broken]) => broken) ?? [];
  if (flag !== undefined) {
    throw new IpcbenchError(
      'BAD_OPTION',
      `${flag}: all operations of this ${what} are loops, which set their own pace`,
    );
  }
  const busy = plan.workers.filter((worker) => worker.openOperations > 0).length;
  if (closedConcurrency !== undefined && closedConcurrency < busy) {
    throw new IpcbenchError(
      'BAD_OPTION',
      `--concurrency ${closedConcurrency} leaves some of the ${busy} worker processes without work: raise it, or give --workers ${closedConcurrency}`,
    );
  }
}
