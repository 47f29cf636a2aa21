import { IpcbenchError } from '../../errors.js';
import type { Condition } from '../../report/condition.js';
import { loadStrategy } from '../../strategies/index.js';

/**
 * Refuses a baseline or a condition that names what this run will not have, before anything is measured in vain.
 * @param specs strategies as the user wrote them: their labels
 * @throws IpcbenchError `BAD_OPTION`, `BAD_CONDITION`, and what `loadStrategy` throws
 */
export async function refuseAbsentStrategies(
  specs: readonly string[],
  baseline: string | undefined,
  conditions: readonly Condition[],
): Promise<void> {
  const loaded = await Promise.all(specs.map((spec) => loadStrategy(spec)));
  const labels = loaded.map(({ label }) => label);
  if (baseline !== undefined && !labels.includes(baseline)) {
    throw new IpcbenchError(
      'BAD_OPTION',
      `--baseline ${baseline}: not among the strategies of this run (${labels.join(', ')})`,
    );
  }
  const known = new Set(loaded.flatMap(({ label, strategy }) => [label, strategy.name]));
  const absent = conditions.find(({ strategy }) => strategy !== undefined && !known.has(strategy));
  if (absent === undefined) return;
  throw new IpcbenchError(
    'BAD_CONDITION',
    `condition ${absent.text}: this run has no strategy "${absent.strategy}"; it has ${labels.join(', ')}`,
  );
}

/**
 * Refuses a condition on an operation that the trace does not have.
 * @throws IpcbenchError `BAD_CONDITION`
 */
export function refuseAbsentOperations(kinds: readonly string[], conditions: readonly Condition[]): void {
  const absent = conditions.find(({ operation }) => operation !== undefined && !kinds.includes(operation));
  if (absent === undefined) return;
  throw new IpcbenchError(
    'BAD_CONDITION',
    `condition ${absent.text}: this trace has no operation "${absent.operation}"; it has ${kinds.join(', ')}`,
  );
}
