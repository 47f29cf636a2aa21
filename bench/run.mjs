// Runs the benchmarks one after another and prints their rows: `npm run bench`, or `npm run bench -- call redis` for some of them.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('./', import.meta.url));
const wanted = process.argv.slice(2);
const files = readdirSync(folder)
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();

/** Rows, or several tables of rows by name. */
function print(result) {
  const tables = Array.isArray(result) ? undefined : Object.entries(result);
  if (tables === undefined || !tables.every(([, rows]) => Array.isArray(rows))) return console.table(result);
  for (const [name, rows] of tables) {
    console.log(name);
    console.table(rows);
  }
}

for (const file of files) {
  const { run, title, byItself } = await import(new URL(file, import.meta.url));
  if (run === undefined || (byItself === true && wanted.length === 0)) continue;
  console.log(`\n${title ?? file.replace('.mjs', '')}`);
  try {
    print(await run());
  } catch (error) {
    console.log(`could not be measured: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 3;
  }
}
