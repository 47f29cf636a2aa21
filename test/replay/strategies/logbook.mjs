// Writes down when each read began and ended, in which process: one JSON line each, appended to the file `out` on closing.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineStrategy } from 'ipcbench/strategies';

const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

export default defineStrategy({
  name: 'logbook',
  summary: 'Keeps a log of every read.',
  description: 'For tests of the harness: what ran when, and how much of it at once.',
  options: {
    take: { type: 'duration', default: 0, describe: 'how long a read takes at least' },
    out: { type: 'text', default: '', describe: 'file that the log is appended to' },
  },
  claims: () => ({ exclusion: false, noLostUpdates: false, maxStalenessMs: null }),
  coordinators: () => [],
  connect: async ({ options, process: name }) => {
    const lines = [];
    let inside = 0;
    return {
      locks: { acquire: async () => ({ fencingToken: undefined, release: async () => {} }) },
      state: {
        get: async (_, key) => {
          inside += 1;
          const line = { process: name, pid: process.pid, key, inside, startMs: nowMs(), endMs: 0 };
          if (options.take > 0) await sleep(options.take);
          inside -= 1;
          lines.push({ ...line, endMs: nowMs() });
        },
      },
      close: async () => {
        const text = lines.splice(0).map((line) => `${JSON.stringify(line)}\n`);
        if (text.length > 0) appendFileSync(options.out, text.join(''));
      },
    };
  },
});
