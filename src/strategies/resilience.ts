import type { OptionValue } from './options.js';
import type { Resilience, Strategy } from './strategy.js';

/** What becomes of a strategy's locks when something goes wrong: what its options tell, and what it says of itself. */
export function resilienceOf(strategy: Strategy, options: Record<string, OptionValue>): Resilience {
  const { exclusion } = strategy.claims(options);
  const coordinated = strategy.coordinators(options).length > 0;
  return {
    exclusive: exclusion ? (options.create === 'check' ? 'race' : 'yes') : 'no',
    deadHolder: exclusion ? (options.orphans === 'hold' ? 'never' : 'at once') : '-',
    lostCoordinator: exclusion && coordinated ? 'restart' : '-',
    machines: 'one',
    ...strategy.resilience?.(options),
  };
}

/** Which test of the contract suite stands behind each column, for readers who want to see for themselves. */
export const resilienceTests: Record<keyof Resilience, string> = {
  exclusive:
    'contract: "admits one at a time to each key, whatever the processes interleave"; race.test, unsafe-forms.test',
  deadHolder: 'contract: "passes the lock of a killed holder on at once" (or "not at once")',
  lostCoordinator: 'contract: "says that a coordinator is lost, to those that wait and those that ask"; restart.test',
  machines: 'docs/file-locks.md, docs/redis.md; with transport=tcp by `serve --listen` (docs/shards.md)',
};
