import { isDeepStrictEqual } from 'node:util';
import { type LoadedStrategy, loadStrategy } from '../../strategies/index.js';

/** The strategies to replay, and which of them stand for one change each. */
export interface WithChanges {
  specs: string[];
  added: string[];
}

/**
 * Where a strategy is another one with several changes, and both are to be replayed: adds the other one with each change by itself, so that
 * the report can tell what each one brings. What comes to the options of one that is replayed anyway is not replayed twice.
 * @throws what `loadStrategy` throws
 */
export async function withSingleChanges(specs: readonly string[]): Promise<WithChanges> {
  const loaded = await Promise.all(specs.map((spec) => loadStrategy(spec)));
  const known = loaded.map(({ options }) => options);
  const added: string[] = [];
  const all: string[] = [];
  for (const [index, spec] of specs.entries()) {
    all.push(spec);
    for (const single of singlesOf(spec, index, loaded)) {
      const { options } = await loadStrategy(single);
      if (known.some((other) => isDeepStrictEqual(other, options))) continue;
      known.push(options);
      added.push(single);
      all.push(single);
    }
  }
  return { specs: all, added };
}

/** The strategy at `index` with each change that another one has; none where it stands there a second time. */
function singlesOf(spec: string, index: number, loaded: readonly LoadedStrategy[]): string[] {
  const name = loaded[index]?.strategy.name;
  if (loaded.findIndex(({ strategy }) => strategy.name === name) !== index) return [];
  const changes = loaded.flatMap(({ strategy }) => strategy.changes ?? []);
  const own = changes.filter(({ from }) => from === name);
  return own.flatMap(({ options }) => options.map((option) => withOption(spec, option)));
}

function withOption(spec: string, option: string): string {
  return `${spec}${/:[A-Za-z][\w-]*=/.test(spec) ? ',' : ':'}${option}`;
}
