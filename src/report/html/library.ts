import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The chart library as it is put on a page, so that the page needs nothing from elsewhere. */
export function chartLibrary(): { script: string; style: string } {
  const find = createRequire(import.meta.url);
  const read = (name: string): string => readFileSync(find.resolve(`uplot/dist/${name}`), 'utf8');
  return { script: read('uPlot.iife.min.js'), style: read('uPlot.min.css') };
}
