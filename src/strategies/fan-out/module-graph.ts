import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = 12;
const functionsPerModule = 60;

/**
 * Writes a small graph of modules which loads anew, all of it, for each query at the end of its address.
 * @param directory an empty folder
 * @returns the address of its entry
 */
export async function writeModuleGraph(directory: string): Promise<string> {
  const names = Array.from({ length: modules }, (_, index) => `part-${index}.mjs`);
  await Promise.all(names.map((name, index) => writeFile(join(directory, name), moduleText(index))));
  const imports = names.map((name) => `import(${JSON.stringify(`./${name}`)} + query)`).join(', ');
  const entry = join(directory, 'entry.mjs');
  await writeFile(
    entry,
    `const query = new URL(import.meta.url).search;\nexport const parts = await Promise.all([${imports}]);\n`,
  );
  return pathToFileURL(entry).href;
}

/** Code such as libraries have: functions, classes and tables, some of it run while it is loaded. */
function moduleText(index: number): string {
  const lines = Array.from({ length: functionsPerModule }, (_, at) => {
    const name = `f${index}_${at}`;
    return `export function ${name}(values, scale = ${at + 1}) {
  const sums = new Map();
  for (const [place, value] of values.entries()) {
    const key = \`\${place % ${at + 3}}:${name}\`;
    sums.set(key, (sums.get(key) ?? 0) + value * scale);
  }
  return [...sums].map(([key, sum]) => ({ key, sum, share: sum / (values.length || 1) }));
}
export class C${index}_${at} {
  #state = ${name}([${Array.from({ length: 12 }, (_unused, number) => (index + 1) * (at + 2) * (number + 3)).join(', ')}]);
  get total() { return this.#state.reduce((sum, row) => sum + row.sum, 0); }
}
export const total${index}_${at} = new C${index}_${at}().total;`;
  });
  return `${lines.join('\n')}\n`;
}

/** Loads modules until that has cost this process `importMs` of CPU time; on a busy machine it takes longer, as imports do. */
export async function loadModules(entry: string, importMs: number): Promise<void> {
  const started = process.cpuUsage();
  const spentMs = (): number => {
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1000;
  };
  for (let load = 0; spentMs() < importMs; load++) await import(`${entry}?load=${load}`);
}
