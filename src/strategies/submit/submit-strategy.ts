import { IpcbenchError } from '../../errors.js';
import { withoutSharedState } from '../state/without-shared-state.js';
import type { CoordinatorPlan, OptionTable, OptionValues, Session, SessionContext } from '../strategy.js';
import { readChallengeSecret } from './challenge-secret.js';
import type { HostConfig } from './hosted-strategy.js';
import { HttpSubmits } from './http-submits.js';
import type { ServerConfig } from './server.js';

/** What every submit strategy can be told. */
export const submitOptions = {
  servers: {
    type: 'integer',
    default: 1,
    min: 1,
    max: 64,
    describe: 'server processes, submits dealt to them in turn',
  },
  slots: {
    type: 'integer',
    default: 8,
    min: 1,
    max: 10_000,
    describe: 'submits that may be in progress (per process, or all together)',
  },
  wait: {
    type: 'duration',
    default: 350,
    min: 0,
    max: 3_600_000,
    describe: 'how long a submit waits at the gate before it is answered 429',
  },
  gate: {
    type: 'choice',
    default: 'process',
    choices: ['process', 'shared'],
    describe: 'a gate in each process, or one across all of them',
  },
  'gate-locks': {
    type: 'text',
    default: 'lock-pool',
    describe: 'with gate=shared: the strategy whose locks it is made of',
  },
  lookup: {
    type: 'duration',
    default: 2,
    min: 0,
    max: 60_000,
    describe: 'what looking the assignment up takes, on top of the call to the replica',
  },
  work: { type: 'duration', default: 5, min: 0, max: 60_000, describe: 'what else a submit takes inside the gate' },
  allotment: {
    type: 'integer',
    default: 10_000,
    min: 1,
    max: 10_000_000,
    describe: 'rows of an account, an epoch and a tier',
  },
  tiers: {
    type: 'text',
    default: 'basic,silver,gold',
    describe: 'all tiers, to be tried in turn where the tier is not known',
  },
  'secret-file': {
    type: 'text',
    default: '',
    describe: 'file with the secret of the challenge ids (default: that of generated traces)',
  },
  'max-body': {
    type: 'integer',
    default: 4_194_304,
    min: 256,
    max: 1_073_741_824,
    describe: 'bytes of a body, beyond which it is answered 413',
  },
} as const satisfies OptionTable;

export type SubmitOptions = OptionValues<typeof submitOptions>;

const gateFile = 'gate.json';
const replicaFile = 'replica.json';
/** Its state is the replica's table. */
const replicaSpec = 'rpc-server';
const besideThis = (file: string): string => new URL(file, import.meta.url).href;

/** The replica first, and the gate where servers share one: servers look for them when they start. */
export function submitCoordinators(
  options: SubmitOptions,
  recovery: Pick<ServerConfig, 'recovery' | 'size'>,
): CoordinatorPlan[] {
  const shared = options.gate === 'shared';
  const config: ServerConfig = {
    ...recovery,
    slots: options.slots,
    waitMs: options.wait,
    lookupMs: options.lookup,
    workMs: options.work,
    allotment: options.allotment,
    tiers: options.tiers.split(','),
    secretFile: options['secret-file'],
    gateFile: shared ? gateFile : '',
    replicaFile,
    bodyBytesAtMost: options['max-body'],
  };
  const servers = Array.from({ length: options.servers }, (_, index) => ({
    name: `server-${index + 1}`,
    program: besideThis('./server.js'),
    config: { ...config },
  }));
  const gate = shared ? [hostPlan('gate', { spec: options['gate-locks'], file: gateFile })] : [];
  return [hostPlan('replica', { spec: replicaSpec, file: replicaFile }), ...gate, ...servers];
}

/** A strategy that servers use. */
function hostPlan(name: string, config: HostConfig): CoordinatorPlan {
  return { name, program: besideThis('./hosted-strategy.js'), config: { ...config }, inner: true };
}

export function submitContradiction(options: SubmitOptions): string | undefined {
  if (options.gate === 'process' && options['gate-locks'] !== submitOptions['gate-locks'].default)
    return 'gate-locks=… makes a gate across processes: say gate=shared, or leave it out';
  if (options.tiers.split(',').some((tier) => tier === '')) return `tiers=${options.tiers}: a tier without a name`;
  return undefined;
}

/**
 * Why it cannot run here: the gate's locks cannot be had.
 * @throws IpcbenchError `FILE` for a secret that cannot be read or is empty, `BAD_OPTION` for a gate of a strategy whose locks keep nobody
 * out, and what `loadStrategy` throws
 */
export async function submitUnavailable(options: SubmitOptions): Promise<string | undefined> {
  await readChallengeSecret(options['secret-file']);
  if (options.gate !== 'shared') return undefined;
  const { capabilitiesOf, loadStrategy } = await import('../index.js');
  const { strategy, options: own, label } = await loadStrategy(options['gate-locks']);
  if (!capabilitiesOf(strategy).includes('locks'))
    throw new IpcbenchError('BAD_OPTION', `gate-locks=${label}: it has no locks; ${namedInstead}`);
  if (!strategy.claims(own).exclusion)
    throw new IpcbenchError('BAD_OPTION', `gate-locks=${label}: its locks keep nobody out; ${namedInstead}`);
  return strategy.unavailable?.(own);
}

const namedInstead = 'name one such as lock-pool or redis';

export async function connectSubmits({ addresses, secret, process }: SessionContext<SubmitOptions>): Promise<Session> {
  const origins = Object.entries(addresses)
    .filter(([name]) => name.startsWith('server-'))
    .map(([, address]) => address.replace(/^tcp:/, 'http://'));
  const headers = { authorization: `Bearer ${secret}` };
  const submits = await HttpSubmits.open({ origins, headers, own: true, client: process });
  return { ...withoutSharedState, submits, close: () => submits.close() };
}
