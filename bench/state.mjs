// rpc-server against managed-dict on the work that teams move to a server for, the two taking turns in one run.
import { pathToFileURL } from 'node:url';
import { openStage, percentile, rounded } from './strategy-stage.mjs';

export const title = 'rpc-server against managed-dict (ms per operation, medians of interleaved repetitions)';

const repetitions = 12;

/** About 100 KB of nested structure. */
const bundle = (index) => ({
  account: `account-${index}`,
  version: 0,
  rows: Array.from({ length: 1400 }, (_, row) => ({
    at: row * 1000,
    gain: row / 7,
    loss: -row / 9,
    open: row % 2 === 0,
  })),
});
const entries = (prefix, count, make) =>
  Array.from({ length: count }, (_, index) => [`${prefix}${index}`, make(index)]);
const small = entries('small', 1000, (index) => ({ size: index, price: index / 3 }));

/** Each prepares, and gives the work to time. */
const workloads = {
  'one field in each of 100 bundles of 100 KB': async ({ state }) => {
    await state.setMany('bundles', entries('b', 100, bundle));
    const patches = entries('b', 100, () => ({ add: { version: 1 } }));
    return (meter) => state.patchMany('bundles', patches, meter);
  },
  'one field of a bundle of 100 KB': async ({ state }) => {
    await state.set('bundles', 'one', bundle(0));
    return (meter) => state.patch('bundles', 'one', { add: { version: 1 } }, meter);
  },
  'replace all of 100 keys': async ({ state }) => {
    let generation = 0;
    return (meter) =>
      state.replaceAll(
        'all',
        entries(`${generation++}-`, 100, (index) => ({ index })),
        meter,
      );
  },
  'fill and clear 100 keys':
    async ({ state }) =>
    async (meter) => {
      await state.setMany('cleared', small.slice(0, 100), meter);
      return state.clear('cleared', meter);
    },
  '1,000 small writes, one by one':
    async ({ state }) =>
    async (meter) => {
      for (const [key, value] of small) await state.set('small', key, value, meter);
    },
  '1,000 small writes as one batch':
    async ({ state }) =>
    (meter) =>
      state.setMany('small', small, meter),
  'read a bundle of 100 KB': async ({ state }) => {
    await state.set('bundles', 'read', bundle(0));
    return (meter) => state.get('bundles', 'read', meter);
  },
};

function tally() {
  const seen = { calls: 0, bytes: 0 };
  const meter = {
    enter: () => 'other',
    call: (sent, received) => {
      seen.calls++;
      seen.bytes += sent + received;
    },
    connection: () => {},
    lockCreated: () => {},
  };
  return { seen, meter };
}

async function measured(work) {
  const { seen, meter } = tally();
  const startMs = performance.now();
  await work(meter);
  return { ms: performance.now() - startMs, ...seen };
}

export async function run() {
  const stages = await Promise.all(['managed-dict', 'rpc-server'].map((spec) => openStage(spec)));
  const sessions = await Promise.all(stages.map((stage) => stage.connect('bench')));
  const rows = [];
  for (const [name, prepare] of Object.entries(workloads)) {
    const works = await Promise.all(sessions.map((session) => prepare(session)));
    const samples = works.map(() => []);
    for (let repetition = 0; repetition < repetitions; repetition++)
      for (const index of repetition % 2 === 0 ? [0, 1] : [1, 0]) samples[index].push(await measured(works[index]));
    const [managed, rpc] = samples.map((list) => ({
      ...list.at(-1),
      ms: percentile(
        list.map(({ ms }) => ms),
        0.5,
      ),
    }));
    rows.push({
      workload: name,
      'managed ms': rounded(managed.ms),
      'rpc ms': rounded(rpc.ms),
      'times faster': rounded(managed.ms / rpc.ms),
      'managed calls': managed.calls,
      'rpc calls': rpc.calls,
      'times fewer bytes': rounded(managed.bytes / rpc.bytes),
    });
  }
  for (const session of sessions) await session.close();
  for (const stage of stages) await stage.close();
  return rows;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.table(await run());
