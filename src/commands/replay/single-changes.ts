import { loadStrategy } from '../../strategies/index.js';

/** The strategies to replay, and which of them stand for one change each. */
export interface WithChanges {
  specs: string[];
  added: string[];
}

/**
 * Where a strategy is another one with several changes, and both are to be replayed: adds the other one with each change by itself, so that
 * the report can tell what each one brings.
 * @throws what `loadStrategy` throws
 */
export async function withSingleChanges(specs: readonly string[]): Promise<WithChanges> {
  const loaded = await Promise.all(specs.map((spec) => loadStrategy(spec)));
  const added: string[] = [];
  const all = specs.flatMap((spec, index) => {
    const name = loaded[index]?.strategy.name;
    const first = loaded.findIndex(({ strategy }) => strategy.name === name) === index;
    const changes = loaded.flatMap(({ strategy }) => strategy.changes ?? []);
    const own = first ? changes.filter(({ from }) => from === name) : [];
    const singles = own.flatMap(({ options }) => options.map((option) => withOption(spec, option)));
    const fresh = singles.filter((single) => !specs.includes(single) && !added.includes(single));
    added.push(...fresh);
    return [spec, ...fresh];
  });
  return { specs: all, added };
}

function withOption(spec: string, option: string): string {
  return `${spec}${/:[A-Za-z][\w-]*=/.test(spec) ? ',' : ':'}${option}`;
}
