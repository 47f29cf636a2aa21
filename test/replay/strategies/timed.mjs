// Each read takes exactly as long as asked for: it sleeps until shortly before and spins the rest. Where `stall` is given, the read of the
// key "stall" blocks its whole process that long instead, as a runtime that collects garbage does. What it really took, on a machine that
// may have other things to do, goes to the file `out`: one number of milliseconds a line.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineStrategy } from 'ipcbench/strategies';

const spinMs = 10;

async function take(ms) {
  const startMs = performance.now();
  if (ms > spinMs) await sleep(ms - spinMs);
  while (performance.now() < startMs + ms);
  return performance.now() - startMs;
}

const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

export default defineStrategy({
  name: 'timed',
  summary: 'Reads that take a known time.',
  description: 'For tests of the harness: what it reports is known beforehand.',
  options: {
    take: { type: 'duration', default: 50, describe: 'how long a read takes' },
    out: { type: 'text', default: '', describe: 'file that gets what each read really took' },
    stall: { type: 'duration', default: 0, describe: 'how long the read of the key "stall" blocks its process' },
  },
  claims: () => ({ exclusion: false, noLostUpdates: false, maxStalenessMs: null }),
  coordinators: () => [],
  connect: async ({ options }) => {
    const tookMs = [];
    return {
      locks: { acquire: async () => ({ fencingToken: undefined, release: async () => {} }) },
      state: {
        get: async (_, key) => {
          if (key === 'stall') block(options.stall);
          else tookMs.push(await take(options.take));
        },
      },
      close: async () => {
        if (options.out !== '') appendFileSync(options.out, tookMs.splice(0).join('\n'));
      },
    };
  },
});
