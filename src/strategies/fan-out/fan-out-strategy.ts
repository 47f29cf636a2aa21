import { withoutSharedState } from '../state/without-shared-state.js';
import { defineStrategy, type OptionValues, type Strategy } from '../strategy.js';
import { type FanOutOptions, PooledFanOut } from './pooled-fan-out.js';

type Switches = Pick<FanOutOptions, 'pool' | 'collect' | 'result'>;

function optionsWith({ pool, collect, result }: Switches) {
  return {
    pool: {
      type: 'choice',
      default: pool,
      choices: ['per-cycle', 'reused'],
      describe: 'start the workers anew for each cycle, or once',
    },
    collect: {
      type: 'choice',
      default: collect,
      choices: ['ordered', 'as-completed'],
      describe: 'work on chunks in the order in which they were given out, or as they come in',
    },
    result: {
      type: 'choice',
      default: result,
      choices: ['rebuild', 'tuple'],
      describe: 'rebuild and copy a model object for each miner, or keep plain tuples by index',
    },
    rows: {
      type: 'choice',
      default: 'arrays',
      choices: ['arrays', 'typed'],
      describe: 'rows cross as plain nested arrays of numbers, or as typed arrays, which hide what those cost',
    },
    processes: { type: 'integer', default: 8, min: 1, max: 256, describe: 'worker processes, a chunk of miners each' },
    'import-ms': {
      type: 'integer',
      default: 100,
      min: 0,
      max: 60_000,
      describe: 'CPU milliseconds that a fresh worker spends on loading modules, as recorded',
    },
  } as const;
}

export interface FanOutPreset {
  name: string;
  summary: string;
  description: string;
  /** What the switches are set to unless something else is written. */
  switches: Switches;
  changes?: NonNullable<Strategy['changes']>;
}

/** A strategy whose cycles go through a pool of worker processes; presets differ in their defaults alone. */
export function fanOutStrategy({ name, summary, description, switches, changes }: FanOutPreset) {
  const options = optionsWith(switches);
  return defineStrategy({
    name,
    summary,
    description,
    options,
    ...(changes === undefined ? {} : { changes }),
    capabilities: ['fan-out'],
    claims: () => ({ exclusion: false, noLostUpdates: false, maxStalenessMs: null, rightAnswers: true }),
    coordinators: () => [],
    connect: async (context) => {
      const { options, directory, ownDirectory = directory } = context;
      const fanOut = await PooledFanOut.open(fanOutOptions(options), ownDirectory);
      return { ...withoutSharedState, fanOut, close: () => fanOut.close() };
    },
  });
}

function fanOutOptions(options: OptionValues<ReturnType<typeof optionsWith>>): FanOutOptions {
  const { pool, collect, result, rows, processes, 'import-ms': importMs } = options;
  return { pool, collect, result, rows, processes, importMs };
}
