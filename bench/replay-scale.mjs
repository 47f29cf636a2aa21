// Memory of a replay of a million operations: the largest resident set of the controller and of each worker, on `none` and `lock-pool`.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { writeTrace } from '../dist/trace/writer.js';

export const title =
  'Memory of a replay of 1,000,000 operations (aim: under 200 MB in the controller and in each worker)';
/** Takes minutes: only when asked for. */
export const byItself = true;

const operations = 1_000_000;
const workers = 4;
const keys = 5_000;
/**
 * The trace spans 1,000 s, so these take one to five minutes. In an open loop whatever is due faster than it is served piles up in the
 * workers: the speeds are such that two cores serve it.
 */
const speeds = { none: 15, 'lock-pool': 4 };
/** One operation in five takes a lock and writes; the others look something up. */
const ordersEvery = 5;
const strategies = Object.keys(speeds);
const sampleEveryMs = 200;
const bytesPerMb = 1e6;

const header = {
  ipcbench: 'trace',
  version: 1,
  name: 'scale',
  provenance: { kind: 'generated', generator: 'bench', seed: 1 },
  structures: [{ name: 'positions', kind: 'dict', group: 'position', value: { bytes: 100, shape: 'nested' } }],
  processes: Array.from({ length: workers }, (_, index) => ({ name: `client-${index}` })),
  templates: {
    order: [
      { do: 'lock', key: '{key}' },
      { do: 'read', in: 'positions', key: '{key}' },
      { do: 'write', in: 'positions', key: '{key}' },
      { do: 'unlock' },
    ],
    look: [{ do: 'read', in: 'positions', key: '{key}' }],
  },
};

function* stream() {
  for (let index = 0; index < operations; index++) {
    const op = index % ordersEvery === 0 ? 'order' : 'look';
    yield { at: index, op, process: `client-${index % workers}`, fields: { key: `account-${(index * 7919) % keys}` } };
  }
}

function statusOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

const kilobytes = (status, field) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);

/** What a process of the run is, from its command line. */
function roleOf(pid, controller) {
  if (pid === controller) return 'controller';
  try {
    return /\/(worker|steward|coordinator-host)\.js/.exec(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

/** Largest resident set so far (VmHWM, which the kernel keeps) of each process of a run, by pid. */
function watch(controller) {
  const seen = new Map();
  const timer = setInterval(() => {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    for (const pid of pids.map(Number)) {
      const status = statusOf(pid);
      const parent = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1] ?? 0);
      if (pid !== controller && parent !== controller) continue;
      const role = roleOf(pid, controller);
      if (role !== undefined) seen.set(pid, { role, peakMb: (kilobytes(status, 'VmHWM') * 1024) / bytesPerMb });
    }
  }, sampleEveryMs);
  return () => {
    clearInterval(timer);
    return [...seen.values()];
  };
}

async function measure(trace, strategy) {
  const command = fileURLToPath(new URL('../bin/ipcbench.js', import.meta.url));
  const args = ['replay', trace, '-s', strategy, '--speed', String(speeds[strategy]), '--format', 'json'];
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const finish = watch(child.pid);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part) => {
    text += part;
  });
  const startedMs = performance.now();
  const code = await new Promise((resolve) => child.on('close', resolve));
  const seconds = (performance.now() - startedMs) / 1000;
  const peaks = finish();
  const most = (role) => Math.max(0, ...peaks.filter((one) => one.role === role).map(({ peakMb }) => peakMb));
  const [result] = JSON.parse(text).results;
  const kinds = Object.values(result.operations);
  const sum = (pick) => kinds.reduce((total, kind) => total + pick(kind), 0);
  return {
    strategy,
    'exit code': code,
    'took s': Math.round(seconds),
    operations: sum(({ count }) => count),
    'errors or unfinished': sum(({ errors, unfinished }) => errors + unfinished),
    'ops/s': Math.round(result.throughput.operationsPerSecond),
    safety: result.safety.verdict,
    'controller MB': Math.round(most('controller')),
    'largest worker MB': Math.round(most('worker')),
    'coordinator MB': Math.round(most('coordinator-host')),
  };
}

export async function run() {
  const folder = await mkdtemp(join(tmpdir(), 'replay-scale-'));
  const rows = [];
  try {
    const trace = join(folder, 'scale.jsonl');
    await writeTrace(trace, header, stream());
    for (const strategy of strategies) rows.push(await measure(trace, strategy));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return rows;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.table(await run());
