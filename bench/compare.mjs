// How often a paired comparison of 5 rounds raises a false alarm on identical strategies, and how often it catches one that is 20 % slower:
// real replays through the command line on a short fixture.
//   node bench/compare.mjs [--runs 20] [--rounds 5] [--save runs.jsonl]
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const binary = fileURLToPath(new URL('../bin/ipcbench.js', import.meta.url));
const lockPool = new URL('../dist/strategies/lock-pool.js', import.meta.url).href;
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '5' },
    save: { type: 'string' },
  },
});

const traceMs = 1500;
const operations = 300;
const workers = 3;
const keys = 40;
/** An order takes about 21 ms: two waits of 10 ms and five calls. */
const waitMs = 10;
const slowerMs = 4.2;

/** Orders at even distances, dealt to the workers in turn; each locks, reads and writes one of the keys. */
function trace() {
  const header = {
    ipcbench: 'trace',
    version: 1,
    name: 'short-orders',
    provenance: { kind: 'generated', generator: 'bench/compare.mjs', seed: 0 },
    primary: 'order',
    operations,
    structures: [{ name: 'positions', kind: 'dict', group: 'position' }],
    processes: Array.from({ length: workers }, (_, index) => ({ name: `orders-${index}` })),
    templates: {
      order: [
        { do: 'wait', ms: waitMs },
        { do: 'lock', key: '{key}' },
        { do: 'read', in: 'positions', key: '{key}' },
        { do: 'wait', ms: waitMs },
        { do: 'write', in: 'positions', key: '{key}' },
        { do: 'unlock' },
      ],
    },
  };
  const lines = Array.from({ length: operations }, (_, index) => ({
    at: (index * traceMs) / operations,
    op: 'order',
    process: `orders-${index % workers}`,
    fields: { key: `k${(index * 7) % keys}` },
  }));
  return [header, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** lock-pool under another name, its locks `extraMs` slower to get. */
function strategy(name, extraMs) {
  return `import base from ${JSON.stringify(lockPool)};
const later = (ms) => new Promise((done) => setTimeout(done, ms));
export default {
  ...base,
  name: ${JSON.stringify(name)},
  async connect(context) {
    const session = await base.connect(context);
    const acquire = session.locks.acquire.bind(session.locks);
    if (${extraMs} > 0) session.locks.acquire = async (...args) => (await later(${extraMs}), acquire(...args));
    return session;
  },
};
`;
}

function ipcbench(folder, args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [binary, ...args], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64e6,
  });
  return { status, stdout, stderr };
}

/** One comparison: replay both sides interleaved, then compare. */
function compareOnce(folder, candidate) {
  const sides = ['--strategy', './old.mjs', '--strategy', `./${candidate}`, '--baseline', './old.mjs'];
  const replay = ipcbench(folder, [
    'replay',
    'trace.jsonl',
    ...sides,
    '--rounds',
    values.rounds,
    '--drain',
    '5s',
    '--report',
    'run.json',
  ]);
  if (replay.status !== 0) throw new Error(`replay ended with ${replay.status}: ${replay.stderr}`);
  const { status, stdout, stderr } = ipcbench(folder, ['compare', 'run.json', '--format', 'json']);
  if (stdout === '') throw new Error(`compare ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

function told(comparison) {
  const rows = comparison.rows.filter((row) => row.verdict === 'worse' || row.verdict === 'better');
  const names = rows.map((row) => `${row.metric} ${row.changePercent.toFixed(0)} % ${row.verdict}`).join(', ');
  const unmeasured = comparison.unmeasured.map(({ reason }) => reason).join('; ');
  return `${comparison.verdict}${names === '' ? '' : ` (${names})`}${unmeasured === '' ? '' : `; not measured: ${unmeasured}`}`;
}

const folder = mkdtempSync(join(tmpdir(), 'ipcbench-compare-'));
try {
  writeFileSync(join(folder, 'trace.jsonl'), trace());
  writeFileSync(join(folder, 'old.mjs'), strategy('old', 0));
  writeFileSync(join(folder, 'same.mjs'), strategy('same', 0));
  writeFileSync(join(folder, 'slower.mjs'), strategy('slower', slowerMs));
  const runs = Number(values.runs);
  const counts = { same: {}, slower: {} };
  for (let run = 1; run <= runs; run++)
    for (const side of ['same', 'slower']) {
      const comparison = compareOnce(folder, `${side}.mjs`);
      const verdict = comparison.unmeasured.length > 0 ? 'unmeasured' : comparison.verdict;
      counts[side][verdict] = (counts[side][verdict] ?? 0) + 1;
      if (values.save !== undefined) appendFileSync(values.save, `${JSON.stringify({ side, run, ...comparison })}\n`);
      console.log(`${String(run).padStart(3)} ${side.padEnd(6)} ${told(comparison)}`);
    }
  const alarms = (counts.same.worse ?? 0) + (counts.same.better ?? 0);
  console.log(`\n${runs} paired comparisons each, ${values.rounds} rounds, ${availableParallelism()} CPUs`);
  console.log(`identical:   ${alarms} of ${runs} raised a false alarm (${JSON.stringify(counts.same)})`);
  console.log(`20 % slower: ${counts.slower.worse ?? 0} of ${runs} were caught (${JSON.stringify(counts.slower)})`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
