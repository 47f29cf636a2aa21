import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../../src/', import.meta.url));

/** Which folder may import which: ARCHITECTURE.md says why. A file at the top level is a folder of its own. */
const allowed: Record<string, readonly string[]> = {
  'index.ts': ['replay', 'strategies', 'trace', 'report', 'monitor', 'measure', 'errors.ts'],
  'cli.ts': ['commands', 'context.ts', 'errors.ts'],
  'context.ts': [],
  commands: [
    'context.ts',
    'replay',
    'strategies',
    'trace',
    'record',
    'monitor',
    'measure',
    'report',
    'telemetry',
    'errors.ts',
  ],
  replay: ['strategies', 'trace', 'monitor', 'measure', 'telemetry', 'system', 'errors.ts'],
  strategies: ['measure', 'telemetry', 'system', 'errors.ts'],
  trace: ['measure', 'errors.ts'],
  record: ['trace', 'errors.ts'],
  telemetry: [],
  monitor: ['measure', 'system', 'errors.ts'],
  measure: [],
  report: ['measure', 'errors.ts'],
  system: ['errors.ts'],
  'errors.ts': [],
};

const files = readdirSync(source, { recursive: true })
  .map(String)
  .filter((file) => file.endsWith('.ts'));

const folderOf = (file: string): string => file.split('/')[0] ?? file;

function importsOf(file: string): string[] {
  const text = readFileSync(join(source, file), 'utf8');
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => match[1] ?? '');
  return found.map((path) => normalize(join(dirname(file), path)).replace(/\.js$/, '.ts'));
}

test('every import follows an arrow of the architecture', () => {
  assert.ok(files.length > 0);
  for (const file of files) {
    for (const target of importsOf(file)) {
      const [from, to] = [folderOf(file), folderOf(target)];
      assert.ok(
        from === to || allowed[from]?.includes(to),
        `${file} imports ${target}: no arrow from ${from} to ${to}`,
      );
    }
  }
});

test('a command never imports another command', () => {
  for (const file of files.filter((name) => /^commands\/[^/]+\.ts$/.test(name))) {
    for (const target of importsOf(file)) assert.ok(!/^commands\/[^/]+\.ts$/.test(target), `${file} imports ${target}`);
  }
});

test('no file imports itself through others', () => {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    assert.ok(!path.includes(file), `cycle: ${[...path, file].join(' -> ')}`);
    if (done.has(file)) return;
    for (const target of importsOf(file)) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
});
