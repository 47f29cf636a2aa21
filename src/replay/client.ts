import { resolveReference } from '../strategies/index.js';
import type { Session } from '../strategies/strategy.js';
import { toldSession } from '../strategies/told-session.js';
import { openTelemetry } from '../telemetry/telemetry.js';
import type { ClientSetup } from './messages.js';

/** Opens a session of the run's strategy in this process. */
export async function connectClient(setup: ClientSetup): Promise<Session> {
  const { strategy, options } = await resolveReference(setup.reference);
  const { process: name, addresses, directory, roundDirectory: ownDirectory, secret, realm, structures, label } = setup;
  const shared = realm === undefined ? {} : { realm };
  const context = { options, process: name, addresses, directory, ownDirectory, secret, ...shared, structures };
  const session = await strategy.connect(context);
  return toldSession(session, label, openTelemetry());
}
