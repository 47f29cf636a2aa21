import { IpcbenchError } from '../errors.js';
import { type LoadedStrategy, resilienceOf, type StrategyReference } from '../strategies/index.js';
import { readServedFile, type ServedCoordinator, servedRealm } from '../strategies/served.js';
import { machineIdentity } from './machine.js';
import { fingerprintOf, readSecret } from './secret.js';

/** Coordinators that somebody else started, and ends: `ipcbench serve`. */
export interface Joined {
  addresses: Record<string, string>;
  secret: string;
  realm: string;
  /** The strategy's folder, on the machine that serves; undefined: none is shared. */
  directory: string | undefined;
  /** Those that can be watched from here. */
  coordinators: ServedCoordinator[];
  /** Tells runs on these coordinators from runs on others. */
  fingerprint: string;
}

/**
 * Reads where the coordinators of a strategy are: from the file that `ipcbench serve` named, or from `name=address` for each of them and
 * a file with the secret.
 * @throws IpcbenchError `BAD_OPTION`, `FILE`
 */
export async function joinCoordinators(
  specs: readonly string[],
  secretFile: string | undefined,
  loaded: LoadedStrategy,
): Promise<Joined> {
  const [first = ''] = specs;
  const names = loaded.strategy.coordinators(loaded.options).map(({ name }) => name);
  if (names.length === 0)
    throw new IpcbenchError('BAD_OPTION', `--join: ${loaded.label} has no coordinator that could be joined`);
  if (specs.length === 1 && !/^[\w-]+=/.test(first)) return fromFile(first, secretFile, loaded);
  if (secretFile === undefined) {
    throw new IpcbenchError(
      'BAD_OPTION',
      '--join name=address needs --secret-file: the one that `ipcbench serve --secret-file` was given',
    );
  }
  return fromAddresses(specs, readSecret(secretFile), names, loaded);
}

/** Of a joined strategy, those of its parts. */
function optionsIn(reference: StrategyReference): unknown {
  return 'parts' in reference ? reference.parts.map(({ options }) => options) : reference.options;
}

async function fromFile(path: string, secretFile: string | undefined, loaded: LoadedStrategy): Promise<Joined> {
  const served = await readServedFile(path);
  const { strategy } = loaded;
  if (secretFile !== undefined)
    throw new IpcbenchError('BAD_OPTION', `--secret-file: ${path} has the secret in it; leave it out`);
  const same =
    served.strategy === strategy.name &&
    JSON.stringify(optionsIn(served.reference)) === JSON.stringify(optionsIn(loaded.reference));
  if (!same) {
    throw new IpcbenchError(
      'BAD_OPTION',
      `--join ${path}: what is served there is ${served.strategy} with other options than ${loaded.label}; give --strategy as serve was given it`,
    );
  }
  const here = served.machine === machineIdentity();
  const { addresses, secret, realm, directory } = served;
  if (!here) refuseWhatStaysOnOneMachine(loaded, Object.values(addresses));
  return {
    addresses,
    secret,
    realm,
    directory: here ? directory : undefined,
    coordinators: here ? served.coordinators : [],
    fingerprint: fingerprintOf(secret),
  };
}

function fromAddresses(
  specs: readonly string[],
  secret: string,
  names: readonly string[],
  loaded: LoadedStrategy,
): Joined {
  const addresses = Object.fromEntries(specs.map(parseAddress));
  refuseWhatStaysOnOneMachine(loaded, []);
  const given = Object.keys(addresses);
  const missing = names.filter((name) => !given.includes(name));
  const unknown = given.filter((name) => !names.includes(name));
  if (missing.length > 0 || unknown.length > 0 || given.length < specs.length) {
    throw new IpcbenchError(
      'BAD_OPTION',
      `--join: ${loaded.label} has coordinators ${names.join(', ')}, given are ${specs.map((spec) => spec.split('=')[0]).join(', ')}; name each of them once`,
    );
  }
  return {
    addresses,
    secret,
    realm: servedRealm,
    directory: undefined,
    coordinators: [],
    fingerprint: fingerprintOf(secret),
  };
}

function parseAddress(spec: string): [name: string, address: string] {
  const [, name, address] = /^([\w-]+)=(tcp:.+:\d+)$/.exec(spec) ?? [];
  if (name !== undefined && address !== undefined) return [name, address];
  throw new IpcbenchError(
    'BAD_OPTION',
    `--join ${spec}: expected name=tcp:host:port, or the file that \`ipcbench serve\` named`,
  );
}

/** Files, shared memory and Unix sockets reach no further than their machine: clients elsewhere would each have their own, unnoticed. */
function refuseWhatStaysOnOneMachine({ strategy, options, label }: LoadedStrategy, addresses: readonly string[]): void {
  const reachable = addresses.every((address) => address.startsWith('tcp:'));
  if (reachable && resilienceOf(strategy, options).machines === 'several') return;
  throw new IpcbenchError(
    'BAD_OPTION',
    `--join: ${label} works on one machine only; join it there with the file that \`ipcbench serve\` named`,
  );
}
