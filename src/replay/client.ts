import { resolveReference } from '../strategies/index.js';
import type { Session } from '../strategies/strategy.js';
import { toldSession } from '../strategies/told-session.js';
import { openTelemetry } from '../telemetry/telemetry.js';
import type { ClientSetup } from './messages.js';

/** Opens a session of the run's strategy in this process. */
export async function connectClient(setup: ClientSetup): Promise<Session> {
  const { strategy, options } = await resolveReference(setup.reference);
  const { process: name, addresses, directory, secret, structures, label } = setup;
  const session = await strategy.connect({ options, process: name, addresses, directory, secret, structures });
  return toldSession(session, label, openTelemetry());
}
