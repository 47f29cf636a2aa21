import { IpcbenchError } from '../../errors.js';
import type { Session } from '../strategy.js';

const refuse = async (): Promise<never> => {
  throw new IpcbenchError(
    'UNAVAILABLE',
    'this strategy guards and keeps no shared state: join it with one that does, such as lock-pool+…',
  );
};

/** The locks and the state of strategies that have neither: whatever is asked of them, they refuse. */
export const withoutSharedState: Pick<Session, 'locks' | 'state'> = {
  locks: { acquire: refuse },
  state: {
    get: refuse,
    set: refuse,
    patch: refuse,
    patchMany: refuse,
    delete: refuse,
    keys: refuse,
    entries: refuse,
    setMany: refuse,
    replaceAll: refuse,
    clear: refuse,
    put: refuse,
    take: refuse,
  },
};
