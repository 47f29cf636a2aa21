// Finds every compiled test and hands it to node's test runner, two files at a time at most: tests start real processes on what may be a
// small machine. With --late, processes start late and sockets are slow (late.mjs), to find what depends on either.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const compiled = fileURLToPath(new URL('../build/test/', import.meta.url));
const late = process.argv.includes('--late');
const wanted = process.argv.slice(2).filter((argument) => argument !== '--late');
const files = readdirSync(compiled, { recursive: true })
  .map(String)
  .filter((file) => file.endsWith('.test.js') && (wanted.length === 0 || wanted.some((part) => file.includes(part))))
  .map((file) => compiled + file);
if (files.length === 0) {
  console.error(`no test's path holds ${wanted.join(' or ')}; paths look like replay/plan.test.js`);
  process.exit(2);
}
// The spec reporter repeats every failure at the end, where somebody who reads the tail of a long log looks.
const atOnce = Math.min(2, availableParallelism());
const settings = ['--test-reporter=spec', `--test-concurrency=${atOnce}`, '--test-timeout=300000'];
const { NODE_OPTIONS = '' } = process.env;
const preload = `--import=${new URL('./late.mjs', import.meta.url)}`;
const env = late ? { ...process.env, NODE_OPTIONS: `${NODE_OPTIONS} ${preload}`.trim() } : process.env;
const runner = spawn(process.execPath, ['--test', ...settings, ...files], { stdio: 'inherit', env });
runner.on('exit', (code) => process.exit(code ?? 1));
