import { describe } from 'node:test';
import { capabilitiesOf, listStrategies, loadStrategy, resilienceOf } from '#src/strategies/index.js';
import { contract, type Traits } from './contract.js';

/** Forms other than the defaults that must keep the contract too. */
const variants = [
  'single-manager:proxy=kept,create=atomic,orphans=release,transport=tcp',
  'multi-manager:managers=2,routing=hash,proxy=kept,state=rpc-server',
  'file-locks:state=rpc-server',
  'two-tier:handoff=3',
  'local-position-cache:lease=500ms',
];

async function traitsOf(spec: string): Promise<Traits | undefined> {
  const { strategy, options } = await loadStrategy(spec);
  if ((await strategy.unavailable?.(options)) !== undefined) return undefined;
  const { deadHolder, lostCoordinator } = resilienceOf(strategy, options);
  const coordinators = strategy.coordinators(options).length > 0;
  const { exclusion } = strategy.claims(options);
  return {
    spec,
    exclusion,
    coordinators,
    state: coordinators,
    locksOnCoordinator: lostCoordinator === 'restart',
    orphans: deadHolder === 'at once' ? 'at once' : 'later',
  };
}

// The suite is about locks and shared state; what other capabilities promise is tested beside them.
const names = (await listStrategies()).filter((one) => capabilitiesOf(one).includes('locks')).map(({ name }) => name);
const all = await Promise.all([...names, ...variants].map(traitsOf));
// Much of the suite is waiting for what should not happen: several strategies wait at once.
describe('every strategy', { concurrency: 3 }, () => {
  for (const traits of all) if (traits !== undefined) contract(traits);
});
