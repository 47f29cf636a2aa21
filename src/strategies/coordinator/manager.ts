import type { CoordinatorPlan, CoordinatorProgram, OptionValues, Resilience } from '../strategy.js';
import { domainOperations } from './domain-operations.js';
import { Codec, defaultMaxFrameBytes } from './frame.js';
import { InvalidationHub, invalidationOperations } from './invalidation-operations.js';
import { KeyedLocks, keyedLockOperations } from './keyed-lock-operations.js';
import { LockObjects, lockOperations } from './lock-operations.js';
import { operationCodes } from './operation-codes.js';
import { serve } from './server.js';
import { type Orphans, SessionRegistry } from './server-session.js';
import { dictOperations, queueOperations } from './state-operations.js';
import { Structures } from './structures.js';

/** How a coordinator is set up; what a {@link CoordinatorPlan} of {@link managerPlan} carries. */
export interface ManagerConfig {
  transport: 'unix' | 'tcp';
  orphans: Orphans;
  maxFrameBytes: number;
  /** Locks made at start. */
  poolLocks: number;
}

/** The coordinator that behaves as CPython's `multiprocessing.Manager`: dicts, queues, values and locks behind proxy calls. */
const program: CoordinatorProgram = (context) => {
  const config = context.config as unknown as ManagerConfig;
  const grants = { last: 0 };
  const locks = new LockObjects(grants);
  const keyedLocks = new KeyedLocks(grants);
  locks.createPool(config.poolLocks);
  const structures = new Structures();
  const sessions = new SessionRegistry(config.orphans);
  const operations = {
    ...lockOperations(locks),
    ...dictOperations(structures, locks),
    ...queueOperations(structures),
    ...domainOperations(structures),
    ...keyedLockOperations(keyedLocks, structures),
    ...invalidationOperations(new InvalidationHub()),
    /** () → how much is kept: to see that nothing leaks */
    [operationCodes.census]: () => ({
      locks: locks.size + keyedLocks.size,
      entries: structures.entryCount,
      sessions: sessions.size,
    }),
  };
  return serve(
    { transport: config.transport, directory: context.directory, name: context.name, listen: context.listen },
    { codec: new Codec(config.maxFrameBytes), secret: context.secret, operations, sessions },
  );
};

export default program;

/** Options of every strategy that has such a coordinator. */
export const managerOptions = {
  transport: {
    type: 'choice',
    default: 'unix',
    choices: ['unix', 'tcp'],
    describe: 'how clients reach the coordinator: a Unix socket, or TCP on the loopback interface (with TCP_NODELAY)',
  },
  maxFrameBytes: {
    type: 'integer',
    default: defaultMaxFrameBytes,
    min: 1024,
    max: 2 ** 31 - 1,
    describe: 'largest request or reply accepted, in bytes',
  },
} as const;

/** How far a strategy reaches that keeps everything on its coordinators, and nothing in files or memory of one machine. */
export function reachOf({ transport }: OptionValues<typeof managerOptions>): Pick<Resilience, 'machines'> {
  return { machines: transport === 'tcp' ? 'several' : 'one' };
}

export const orphansOption = <const D extends Orphans>(byDefault: D) =>
  ({
    type: 'choice',
    default: byDefault,
    choices: ['hold', 'release'],
    describe:
      "a dead client's locks: hold (for ever, as CPython's manager) or release (when its last connection closes)",
  }) as const;

/** A plan for one such coordinator. */
export function managerPlan(
  name: string,
  options: OptionValues<typeof managerOptions> & { orphans?: Orphans },
  poolLocks = 0,
): CoordinatorPlan {
  const { transport, maxFrameBytes, orphans = 'release' } = options;
  return { name, program: import.meta.url, config: { transport, maxFrameBytes, orphans, poolLocks } };
}
