import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { IpcbenchError } from '../errors.js';
import { type LoadedStrategy, loadStrategy } from '../strategies/index.js';
import { servedRealm, writeServedFile } from '../strategies/served.js';
import type { ListenAddress } from '../strategies/strategy.js';
import { type CoordinatorProcess, startCoordinator } from './coordinator-process.js';
import { machineIdentity } from './machine.js';
import { createRunDirectory, type RunDirectory } from './run-directory.js';
import { readSecret } from './secret.js';

/** A strategy's coordinators, running in processes of their own until `close`. */
export interface Serving {
  label: string;
  coordinators: { name: string; address: string; pid: number }[];
  /** For `openServed`: addresses and secret, readable by this user only. */
  file: string;
  /** Resolves with what happened when a coordinator ends by itself. */
  lost: Promise<string>;
  close(): Promise<void>;
}

export interface ServeOptions {
  /** Where to listen instead of the loopback interface; a second coordinator takes the next port, and so on. */
  listen?: ListenAddress;
  /** A file with the secret, instead of one made for the occasion: for clients that cannot read the file that is written. */
  secretFile?: string;
}

/**
 * Starts a strategy's coordinators.
 * @param spec as for `loadStrategy`
 * @throws IpcbenchError `UNAVAILABLE`, `USAGE` when the strategy has no coordinator or none that could listen there, `FILE`, and what
 * `loadStrategy` throws
 */
export async function serve(spec: string, given: ServeOptions = {}): Promise<Serving> {
  const loaded = await loadStrategy(spec);
  const secret = given.secretFile === undefined ? randomBytes(32).toString('hex') : readSecret(given.secretFile);
  const { strategy, options } = loaded;
  const reason = await strategy.unavailable?.(options);
  if (reason !== undefined) throw new IpcbenchError('UNAVAILABLE', `${loaded.label} cannot run here: ${reason}`);
  if (strategy.coordinators(options).length === 0) {
    throw new IpcbenchError('USAGE', `${loaded.label} has no coordinator to serve: its clients need nobody`);
  }
  const runDirectory = createRunDirectory();
  const running: CoordinatorProcess[] = [];
  let closing = false;
  const close = async (): Promise<void> => {
    closing = true;
    await Promise.all(running.map((coordinator) => coordinator.end()));
    runDirectory.remove();
  };
  try {
    const started = await startAll(loaded, { secret, listen: given.listen }, runDirectory, running);
    const lost = Promise.race(
      running.map(({ child }) => child.exited.then((exit) => `${child.name} (pid ${child.pid}) ${exit.text}`)),
    ).then((text) => (closing ? new Promise<string>(() => {}) : text));
    return { label: loaded.label, ...started, lost, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startAll(
  { strategy, options, reference, label }: LoadedStrategy,
  { secret, listen }: { secret: string; listen: ListenAddress | undefined },
  runDirectory: RunDirectory,
  running: CoordinatorProcess[],
): Promise<Pick<Serving, 'coordinators' | 'file'>> {
  const directory = runDirectory.make('served');
  const home = { directory, secret, realm: servedRealm, runDirectory, core: undefined };
  let reached = 0;
  for (const plan of strategy.coordinators(options)) {
    const place = listen === undefined || plan.inner === true ? {} : { listen: nth(listen, reached++) };
    const started = await startCoordinator(plan, { ...home, ...place });
    running.push(started);
    if (place.listen !== undefined && !started.address.startsWith('tcp:')) {
      throw new IpcbenchError('USAGE', `--listen: ${label} listens at ${started.address}; give it transport=tcp`);
    }
  }
  const coordinators = running.map(({ plan, address, pid, sampledPid = pid }) => ({
    name: plan.name,
    address: reachable(address),
    pid: sampledPid,
  }));
  const file = join(runDirectory.path, 'served.json');
  const addresses = Object.fromEntries(coordinators.map(({ name, address }) => [name, address]));
  await writeServedFile(file, {
    ipcbench: 'served',
    version: 1,
    strategy: strategy.name,
    reference,
    addresses,
    directory,
    secret,
    realm: servedRealm,
    machine: machineIdentity(),
    coordinators: running.map(({ plan: { name }, pid, sampledPid }) => ({ name, pid, sampledPid })),
  });
  return { coordinators, file };
}

/** A free port is any; a given one is the first coordinator's, and the next ones follow it. */
function nth({ host, port }: ListenAddress, index: number): ListenAddress {
  return { host, port: port === 0 ? 0 : port + index };
}

/** Listening on all interfaces is no address to connect to: this machine's name stands in for it. */
function reachable(address: string): string {
  return address.replace(/^tcp:(?:0\.0\.0\.0|::):/, `tcp:${hostname()}:`);
}
