import { IpcbenchError } from '../errors.js';
import { type Capability, capabilitiesOf, type LoadedStrategy, listStrategies } from '../strategies/index.js';
import { parseFault } from './fault.js';
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

/**
 * Refuses a warm-up that would take all of the trace.
 * @throws IpcbenchError `BAD_OPTION`
 */
export function refuseLongWarmup(warmupMs = 0, { spanMs }: Plan): void {
  if (warmupMs < spanMs) return;
  throw new IpcbenchError(
    'BAD_OPTION',
    `--warmup ${warmupMs} ms leaves nothing to measure: the trace spans ${spanMs} ms`,
  );
}

/**
 * Refuses what is for fan-out cycles where a trace has none: a share of their rows, a fault that strikes their pools.
 * @throws IpcbenchError `BAD_OPTION`
 */
export function refuseWithoutCycles(
  { payloadScale, faults = [] }: { payloadScale?: number; faults?: readonly string[] },
  needed: readonly Capability[],
): void {
  if (needed.includes('fan-out')) return;
  if (payloadScale !== undefined)
    throw new IpcbenchError('BAD_OPTION', '--payload-scale: this trace has no forward step, whose rows it would scale');
  const futile = faults.find((text) => parseFault(text).kind === 'kill-pool-worker');
  if (futile !== undefined)
    throw new IpcbenchError(
      'BAD_OPTION',
      `--fault ${futile}: this trace has no forward step, so that no strategy starts a pool whose worker it could kill`,
    );
}

/**
 * The strategies that can do what a trace needs.
 * @param optional labels of those that are left out where they cannot; any other is refused
 * @throws IpcbenchError `BAD_OPTION` naming those that can
 */
export async function fitting<T extends { loaded: LoadedStrategy }>(
  entries: readonly T[],
  needed: readonly Capability[],
  optional: readonly string[],
): Promise<T[]> {
  const lacks = ({ loaded }: T): Capability[] => {
    const able = capabilitiesOf(loaded.strategy);
    return needed.filter((capability) => !able.includes(capability));
  };
  const fit = entries.filter((entry) => lacks(entry).length === 0);
  const unfit = entries.find((entry) => !fit.includes(entry) && !optional.includes(entry.loaded.label));
  if (unfit !== undefined) {
    const { label } = unfit.loaded;
    throw new IpcbenchError(
      'BAD_OPTION',
      `${label} has no ${lacks(unfit).join(' and no ')}, which this trace needs: ${await able(needed)}`,
    );
  }
  if (fit.length > 0) return fit;
  throw new IpcbenchError('BAD_OPTION', `no strategy by itself can do what this trace needs: ${await able(needed)}`);
}

/** Which strategies have what is needed, or which to join where none has all of it. */
async function able(needed: readonly Capability[]): Promise<string> {
  const strategies = await listStrategies();
  const having = (wanted: readonly Capability[]): string[] =>
    strategies
      .filter((strategy) => wanted.every((capability) => capabilitiesOf(strategy).includes(capability)))
      .map(({ name }) => name);
  const whole = having(needed);
  if (whole.length > 0) return `use ${whole.join(', ')}`;
  const parts = new Map<string, Capability[]>();
  for (const capability of needed) {
    const names = having([capability]).join(', ') || 'a module of your own';
    parts.set(names, [...(parts.get(names) ?? []), capability]);
  }
  const each = [...parts].map(([names, own]) => `${own.join(' and ')} from ${names}`);
  return `join one of each with +: ${each.join('; ')}`;
}
