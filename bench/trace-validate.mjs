// How fast a trace is validated, against splitting its lines and parsing them alone: both over the same file, in turn, in this run.
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { validateTrace } from '../dist/trace/reader.js';
import { writeTrace } from '../dist/trace/writer.js';

const rounds = 5;

/** Order lines of about 160 bytes, as recorded traces have them. */
function* lines(count) {
  for (let index = 0; index < count; index++)
    yield {
      at: index / 10,
      op: 'order',
      process: `validator-${index % 3}`,
      fields: {
        account: `account-${index % 97}`,
        instrument: `instrument-${index % 41}`,
        positionBytes: 1600 + (index % 700),
      },
      recorded: { ms: 200 + (index % 50), waitMs: index % 20 },
    };
}

const header = {
  ipcbench: 'trace',
  version: 1,
  name: 'bench',
  provenance: { kind: 'generated', generator: 'bench', seed: 1 },
  structures: [{ name: 'positions', kind: 'dict', group: 'position' }],
  processes: ['validator-0', 'validator-1', 'validator-2'].map((name) => ({ name })),
  templates: {
    order: [
      { do: 'lock', key: '{account}|{instrument}' },
      { do: 'read', in: 'positions', key: '{account}|{instrument}' },
      { do: 'write', in: 'positions', key: '{account}|{instrument}', bytes: '{positionBytes}' },
      { do: 'unlock' },
    ],
  },
};

/** Bare line splitting and JSON.parse: the yardstick. */
async function splitAndParse(path) {
  let rest = '';
  let count = 0;
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 256 * 1024 })) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) if (JSON.parse(line) !== null) count++;
  }
  return count;
}

/** Wall-clock and CPU time of `work`. The shortest of several rounds is the one that neighbours disturbed least. */
async function timed(work) {
  const [start, cpu] = [process.hrtime.bigint(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, cpuSeconds: (user + system) / 1e6 };
}

const least = (rounds, name) => Math.min(...rounds.map((round) => round[name]));

/** @returns {Promise<{name: string, value: string}[]>} rows to print */
export async function run({ operations = 400_000 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'ipcbench-bench-'));
  try {
    const path = join(folder, 'trace.jsonl');
    await writeTrace(path, header, lines(operations));
    const megabytes = (await stat(path)).size / 1e6;
    const bare = [];
    const validated = [];
    for (let round = 0; round < rounds; round++) {
      bare.push(await timed(() => splitAndParse(path)));
      validated.push(await timed(() => validateTrace(path)));
    }
    return [
      {
        name: `trace of ${operations} operations`,
        value: `${megabytes.toFixed(0)} MB, ${((megabytes * 1e6) / operations).toFixed(0)} bytes a line`,
      },
      { name: 'line splitting + JSON.parse', value: `${(megabytes / least(bare, 'seconds')).toFixed(0)} MB/s` },
      { name: 'trace validate', value: `${(megabytes / least(validated, 'seconds')).toFixed(0)} MB/s` },
      { name: 'ratio (aim: 0.6 or more)', value: (least(bare, 'seconds') / least(validated, 'seconds')).toFixed(2) },
      { name: 'ratio of CPU time', value: (least(bare, 'cpuSeconds') / least(validated, 'cpuSeconds')).toFixed(2) },
      { name: 'resident memory after it', value: `${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB` },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const { name, value } of await run()) console.log(`${name.padEnd(36)} ${value}`);
