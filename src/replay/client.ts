import { resolveReference } from '../strategies/index.js';
import type { Session } from '../strategies/strategy.js';
import type { ClientSetup } from './messages.js';

/** Opens a session of the run's strategy in this process. */
export async function connectClient(setup: ClientSetup): Promise<Session> {
  const { strategy, options } = await resolveReference(setup.reference);
  const { process: name, addresses, directory, secret, realm, structures } = setup;
  const shared = realm === undefined ? {} : { realm };
  return strategy.connect({ options, process: name, addresses, directory, secret, ...shared, structures });
}
