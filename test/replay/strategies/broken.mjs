// lock-pool with one flaw, claiming everything all the same. The oracle must tell each flaw from outside.
import { defineStrategy, lockPool, managerOptions } from 'ipcbench/strategies';

const flaws = {
  /** Lets everybody in at once. */
  'excludes-nobody': (session) => ({
    ...session,
    locks: { acquire: async () => ({ fencingToken: undefined, release: async () => {} }) },
  }),
  /** Forgets one write in a hundred, and says it was stored. */
  'loses-updates': (session) => {
    let writes = 0;
    const set = async (structure, key, value, meter) => {
      writes += 1;
      if (writes % 100 !== 50) await session.state.set(structure, key, value, meter);
    };
    return { ...session, state: stateWith(session.state, { set }) };
  },
  /** Serves what it has read within the last 50 ms again. */
  'serves-old-reads': (session) => {
    const kept = new Map();
    const get = async (structure, key, meter) => {
      const known = kept.get(key);
      if (known !== undefined && performance.now() - known.atMs < 50) return known.value;
      const value = await session.state.get(structure, key, meter);
      kept.set(key, { value, atMs: performance.now() });
      return value;
    };
    return { ...session, state: stateWith(session.state, { get }) };
  },
  none: (session) => session,
};

/** A state of which some methods are others. */
function stateWith(state, methods) {
  const changed = Object.create(state);
  return Object.assign(changed, Object.fromEntries(boundMethods(state)), methods);
}

function boundMethods(state) {
  const names = ['get', 'set', 'patch', 'patchMany', 'delete', 'keys', 'entries', 'setMany', 'replaceAll', 'clear'];
  return [...names, 'put', 'take'].map((name) => [name, (...given) => state[name](...given)]);
}

export default defineStrategy({
  name: 'broken',
  summary: 'lock-pool with a flaw.',
  description: 'For tests of the safety oracle: it breaks what it claims.',
  options: {
    flaw: { type: 'choice', default: 'none', choices: Object.keys(flaws), describe: 'what is wrong with it' },
    ...managerOptions,
  },
  claims: () => ({ exclusion: true, noLostUpdates: true, maxStalenessMs: 0 }),
  coordinators: (options) => lockPool.coordinators({ ...options, size: 256, orphans: 'release' }),
  connect: async (context) => {
    const options = { ...context.options, size: 256, orphans: 'release' };
    return flaws[context.options.flaw](await lockPool.connect({ ...context, options }));
  },
});
