import { openTelemetry } from '../telemetry/telemetry.js';
import { defaultOptions } from './options.js';
import type {
  CoordinatorProgram,
  OptionTable,
  OptionValues,
  RunningCoordinator,
  Session,
  SessionContext,
  Strategy,
} from './strategy.js';
import { toldSession } from './told-session.js';

export interface ServeOptions<T extends OptionTable> {
  /** What differs from the defaults; the same on both sides. */
  options?: Partial<OptionValues<T>>;
  /** Existing private folder (0700) for sockets and files. */
  directory: string;
  /** Shared with the clients and nobody else. */
  secret: string;
  /** Names of the coordinators to run here; default all of them. */
  only?: readonly string[];
}

export interface ServedStrategy {
  /** To be handed to {@link openSession}. */
  addresses: Record<string, string>;
  /** Which process serves, of each coordinator that is another program or somebody else's server. */
  elsewhere: Pick<RunningCoordinator, 'pid' | 'stranger'>[];
  close(): Promise<void>;
}

/**
 * Runs the coordinators of a strategy in this process, for programs that use a strategy outside the replay.
 * @throws IpcbenchError `FILE` when a socket can't be made in `directory`
 */
export async function serveStrategy<T extends OptionTable>(
  strategy: Strategy<T>,
  { options, directory, secret, only }: ServeOptions<T>,
): Promise<ServedStrategy> {
  const plans = strategy.coordinators({ ...defaultOptions(strategy.options), ...options });
  const running: [name: string, coordinator: RunningCoordinator][] = [];
  const close = async (): Promise<void> => {
    for (const [, coordinator] of running) await coordinator.close();
  };
  try {
    for (const { name, program, config } of plans) {
      if (only !== undefined && !only.includes(name)) continue;
      const module: { default: CoordinatorProgram } = await import(program);
      running.push([name, await module.default({ name, config, directory, secret })]);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    addresses: Object.fromEntries(running.map(([name, { address }]) => [name, address])),
    elsewhere: running.flatMap(([, { pid, stranger }]) =>
      pid === undefined && stranger === undefined
        ? []
        : [{ ...(pid === undefined ? {} : { pid }), ...(stranger === undefined ? {} : { stranger }) }],
    ),
    close,
  };
}

export type OpenOptions<T extends OptionTable> = Pick<
  SessionContext<unknown>,
  'addresses' | 'directory' | 'secret' | 'process'
> & {
  options?: Partial<OptionValues<T>>;
  /** Needed by strategies that route by group; default none declared. */
  structures?: SessionContext<unknown>['structures'];
};

/**
 * Connects this process to a strategy's coordinators. Its `locks` and `state` are what the replay measures; close it when done. Where an
 * OpenTelemetry SDK is registered by now, it is told waits, holds and calls.
 * @throws IpcbenchError `UNAVAILABLE` when an address is missing
 */
export async function openSession<T extends OptionTable>(
  strategy: Strategy<T>,
  given: OpenOptions<T>,
): Promise<Session> {
  const { options, structures = [], ...rest } = given;
  const session = await strategy.connect({
    ...rest,
    structures,
    options: { ...defaultOptions(strategy.options), ...options },
  });
  return toldSession(session, strategy.name, openTelemetry());
}
