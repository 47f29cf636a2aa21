import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { IpcbenchError } from '../errors.js';
import { type LoadedStrategy, loadStrategy } from '../strategies/index.js';
import { writeServedFile } from '../strategies/served.js';
import { type CoordinatorProcess, startCoordinator } from './coordinator-process.js';
import { createRunDirectory, type RunDirectory } from './run-directory.js';

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

/**
 * Starts a strategy's coordinators.
 * @param spec as for `loadStrategy`
 * @throws IpcbenchError `UNAVAILABLE`, `USAGE` when the strategy has no coordinator, and what `loadStrategy` throws
 */
export async function serve(spec: string): Promise<Serving> {
  const loaded = await loadStrategy(spec);
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
    const started = await startAll(loaded, runDirectory, running);
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
  { strategy, options, reference }: LoadedStrategy,
  runDirectory: RunDirectory,
  running: CoordinatorProcess[],
): Promise<Pick<Serving, 'coordinators' | 'file'>> {
  const directory = runDirectory.make('served');
  const secret = randomBytes(32).toString('hex');
  for (const plan of strategy.coordinators(options)) {
    running.push(await startCoordinator(plan, { directory, secret, runDirectory, core: undefined }));
  }
  const coordinators = running.map(({ plan, address, pid }) => ({ name: plan.name, address, pid }));
  const file = join(runDirectory.path, 'served.json');
  const addresses = Object.fromEntries(coordinators.map(({ name, address }) => [name, address]));
  await writeServedFile(file, { ipcbench: 'served', version: 1, reference, addresses, directory, secret });
  return { coordinators, file };
}
