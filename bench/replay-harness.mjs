// What the harness itself costs: closed-loop operations a second of one worker on `none`, and how late a worker starts what is due.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { replay } from '../dist/index.js';
import { writeTrace } from '../dist/trace/writer.js';

export const title = "The harness' own cost, on the strategy that does nothing (one worker)";

const header = (name) => ({
  ipcbench: 'trace',
  version: 1,
  name,
  provenance: { kind: 'generated', generator: 'bench', seed: 1 },
  structures: [{ name: 'positions', kind: 'dict', group: 'position' }],
  processes: [{ name: 'client' }],
  templates: {
    order: [
      { do: 'lock', key: '{key}' },
      { do: 'read', in: 'positions', key: '{key}' },
      { do: 'write', in: 'positions', key: '{key}' },
      { do: 'unlock' },
    ],
  },
});

function* operations(count, gapMs) {
  for (let index = 0; index < count; index++) {
    yield { at: index * gapMs, op: 'order', process: 'client', fields: { key: `k${index % 500}` } };
  }
}

async function measure(folder, name, count, gapMs, options) {
  const trace = join(folder, `${name}.jsonl`);
  await writeTrace(trace, header(name), operations(count, gapMs));
  const { results } = await replay({ trace, strategies: ['none'], ...options });
  return results[0];
}

export async function run() {
  const folder = await mkdtemp(join(tmpdir(), 'ipcbench-bench-'));
  const rows = [];
  try {
    const closed = await measure(folder, 'closed', 300_000, 0.01, { closedConcurrency: 1 });
    const perSecond = closed.throughput.operationsPerSecond;
    rows.push({ what: 'closed loop, 1 in flight', 'ops/s': Math.round(perSecond), 'µs/op': round(1e6 / perSecond) });
    for (const rate of [100, 1000, 5000]) {
      const open = await measure(folder, `open-${rate}`, rate * 5, 1000 / rate, { warmupMs: 1000 });
      const { dispatchLagMs } = open.operations.order;
      rows.push({
        what: `open loop, ${rate}/s`,
        'ops/s': Math.round(open.throughput.operationsPerSecond),
        'lag p50 ms': round(dispatchLagMs.p50),
        'lag p99 ms': round(dispatchLagMs.p99),
        'worker CPU %': round(open.generator.busiestWorkerPercent),
      });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return rows;
}

const round = (value) => Math.round(value * 1000) / 1000;

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.table(await run());
