import { randomUUID } from 'node:crypto';
import { IpcbenchError } from '../../errors.js';
import { openTelemetry } from '../../telemetry/telemetry.js';
import { Holdings } from '../locks/lock-set.js';
import type { Locks, Session, SessionContext, State } from '../strategy.js';
import { Channel } from './channel.js';
import { Codec } from './frame.js';

/** A client's channels to the coordinators of a strategy, by name. */
export class Channels {
  readonly #byName: ReadonlyMap<string, Channel>;

  constructor(
    context: Pick<SessionContext<{ maxFrameBytes: number }>, 'addresses' | 'secret' | 'process' | 'options'>,
  ) {
    const codec = new Codec(context.options.maxFrameBytes);
    // One client process may connect twice; its sessions must not be taken for one.
    const session = `${context.process}/${randomUUID()}`;
    const telemetry = openTelemetry();
    this.#byName = new Map(
      Object.entries(context.addresses).map(([name, address]) => [
        name,
        new Channel({ name, address, secret: context.secret, session, codec }, telemetry),
      ]),
    );
  }

  /** @throws IpcbenchError `UNAVAILABLE` when no such coordinator was started */
  to(name: string): Channel {
    const channel = this.#byName.get(name);
    if (channel !== undefined) return channel;
    const known = [...this.#byName.keys()].join(', ') || 'none';
    throw new IpcbenchError('UNAVAILABLE', `no address of coordinator ${name}: known are ${known}; start it first`);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byName.values()].map((channel) => channel.close()));
  }
}

interface ManagerParts {
  locks: Locks;
  state: State;
  close?(): Promise<void>;
}

/** Joins locks and state that live behind coordinators into a session. */
export async function managerSession(
  context: SessionContext<{ maxFrameBytes: number }>,
  parts: (channels: Channels, holdings: Holdings) => ManagerParts | Promise<ManagerParts>,
): Promise<Session> {
  const channels = new Channels(context);
  const holdings = new Holdings();
  const { locks, state, close } = await parts(channels, holdings);
  return {
    locks,
    state,
    close: async () => {
      await holdings.close();
      await close?.();
      await channels.close();
    },
  };
}
