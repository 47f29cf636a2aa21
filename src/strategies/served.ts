import { readFile, writeFile } from 'node:fs/promises';
import { IpcbenchError, messageOf } from '../errors.js';
import { openTelemetry } from '../telemetry/telemetry.js';
import { resolveReference, type StrategyReference } from './index.js';
import type { Session, StructureDeclaration } from './strategy.js';
import { toldSession } from './told-session.js';

/** What another program needs to use coordinators that `ipcbench serve` runs: kept in a file that only its owner can read (0600). */
export interface ServedStrategyFile {
  ipcbench: 'served';
  version: 1;
  reference: StrategyReference;
  addresses: Record<string, string>;
  directory: string;
  secret: string;
  realm: string;
  /** Name of the strategy. */
  strategy: string;
  /** Which machine serves, and by which processes: they can be watched from there. */
  machine: string;
  coordinators: ServedCoordinator[];
}

export interface ServedCoordinator {
  name: string;
  /** The process that serves while it lives. */
  pid: number;
  /** The one to sample, which may be somebody else's server; left out: none can be. */
  sampledPid?: number | undefined;
}

/** What goes in place of a folder into the names that served coordinators keep in a shared store: only the secret tells runs apart. */
export const servedRealm = 'served';

export async function writeServedFile(path: string, served: ServedStrategyFile): Promise<void> {
  await writeFile(path, `${JSON.stringify(served, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
}

/**
 * Opens a session on what `ipcbench serve` runs.
 * @param path the file that `serve` named
 * @param client name of this process, unique among the clients; structures it uses that a strategy routes by their group
 * @throws IpcbenchError `FILE` when the file cannot be read or is another, `COORDINATOR_LOST` when nobody serves any more
 */
export async function openServed(
  path: string,
  client: { process: string; structures?: readonly StructureDeclaration[] },
): Promise<Session> {
  const served = await readServedFile(path);
  const { strategy, options } = await resolveReference(served.reference);
  const { addresses, directory, secret, realm } = served;
  const session = await strategy.connect({
    options,
    process: client.process,
    addresses,
    directory,
    secret,
    realm,
    structures: client.structures ?? [],
  });
  return toldSession(session, strategy.name, openTelemetry());
}

/** @throws IpcbenchError `FILE` when it cannot be read or is another */
export async function readServedFile(path: string): Promise<ServedStrategyFile> {
  return parseServed(path, await readText(path));
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new IpcbenchError('FILE', `${path}: ${messageOf(error)}; is "ipcbench serve" still running?`, {
      cause: error,
    });
  }
}

function parseServed(path: string, text: string): ServedStrategyFile {
  try {
    const served = JSON.parse(text) as Partial<ServedStrategyFile>;
    if (served.ipcbench === 'served' && served.version === 1) return served as ServedStrategyFile;
  } catch {
    // Told below: whatever it holds, it is not what was expected.
  }
  throw new IpcbenchError('FILE', `${path}: not a file that "ipcbench serve" wrote (version 1)`);
}
