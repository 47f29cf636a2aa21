import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { residentBytes } from '#src/system/resident.js';

test('the memory of a process counts with that of the processes it started, as long as they run', async (context) => {
  const script = 'const held = Buffer.alloc(200e6, 1); console.log(held.length); setInterval(() => {}, 1e6)';
  const before = residentBytes();
  assert.ok(before > 20e6);
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  context.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const own = process.memoryUsage.rss();
  const grown = residentBytes() - own;
  assert.ok(grown > 200e6, `${grown} bytes of the child are counted`);
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const told = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  assert.ok(Math.abs(grown - told) < 0.2 * told, `${grown} instead of ${told}`);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.ok(residentBytes() < own + 100e6);
});
