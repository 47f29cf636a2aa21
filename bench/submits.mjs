// Submits over HTTP: how punctually `--target` replays against a server that is not ours, beside the highest rate that autocannon reaches on
// it; and whether open loop and autocannon agree on a fixed handler at low concurrency.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import autocannon from 'autocannon';
import { replay } from '../dist/index.js';
import { generateSubmits } from '../dist/trace/generate/submits.js';
import { writeTrace } from '../dist/trace/writer.js';

export const title =
  'submits over HTTP: --target at 1,000/s against http-server from npm, and both drivers on a fixed 20 ms handler';

const ratePerSecond = 1_000;
// Until the server has compiled its code: it has the second core to share with the client.
const warmupMs = 5_000;
const measured = 10_000;
const connections = 10;
const handlerMs = 20;
const agreementPerSecond = 40;

const requestHeader = {
  ipcbench: 'trace',
  version: 1,
  name: 'target',
  provenance: { kind: 'generated', generator: 'bench', seed: 1 },
  structures: [],
  processes: [{ name: 'client' }],
  templates: {
    submit: [
      {
        do: 'submit',
        account: 'a',
        epoch: 1,
        cid: '{cid}',
        request: { method: 'GET', path: '/submit.json?cid={cid}', headers: { accept: 'application/json' } },
      },
    ],
  },
};

function* requests() {
  const count = measured + (ratePerSecond * warmupMs) / 1000;
  for (let index = 0; index < count; index++)
    yield { at: (index * 1000) / ratePerSecond, op: 'submit', process: 'client', fields: { cid: `c${index}` } };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** http-server in a process of its own, serving one small file. */
async function startServer(folder) {
  await writeFile(join(folder, 'submit.json'), JSON.stringify({ accepted: true }));
  const port = await freePort();
  const binary = createRequire(import.meta.url).resolve('http-server/bin/http-server');
  const child = spawn(process.execPath, [binary, folder, '-s', '-a', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 200; tries++) {
    if (
      await fetch(url).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return { child, url };
    await sleep(50);
  }
  child.kill();
  throw new Error('http-server does not answer');
}

async function againstTarget(folder, rows) {
  const { child, url } = await startServer(folder);
  try {
    const [trace, floor] = [join(folder, 'target.jsonl'), join(folder, 'floor.jsonl')];
    await writeTrace(trace, requestHeader, requests());
    const shared = { trace, strategies: ['submit-target'], target: { url, headers: {}, allowRemote: false } };
    const [open] = (await replay({ ...shared, warmupMs })).results;
    const { dispatchLagMs, responseMs, count, errors } = open.operations.submit;
    rows.push({
      what: `replay --target, ${ratePerSecond}/s, ${count} requests`,
      'req/s': Math.round(open.throughput.operationsPerSecond),
      'sent %': round(100 * open.generator.sendRatio),
      errors,
      'lag p50 ms': round(dispatchLagMs.p50),
      'lag p99 ms': round(dispatchLagMs.p99),
      'p50 ms': round(responseMs.p50),
      'p99 ms': round(responseMs.p99),
      'worker CPU %': round(open.generator.busiestWorkerPercent),
    });
    // The same schedule with nothing to send: how late this machine is by itself.
    await writeTrace(floor, { ...requestHeader, templates: { submit: [{ do: 'wait', ms: 0 }] } }, requests());
    const [idle] = (await replay({ trace: floor, strategies: ['none'], warmupMs })).results;
    const own = idle.operations.submit.dispatchLagMs;
    rows.push({ what: 'the same schedule, nothing sent', 'lag p50 ms': round(own.p50), 'lag p99 ms': round(own.p99) });
    for (const driver of ['undici', 'autocannon']) {
      const [closed] = (await replay({ ...shared, closedConcurrency: connections, driver })).results;
      rows.push({
        what: `replay --target --closed --driver ${driver}, ${connections} in flight`,
        'req/s': Math.round(closed.throughput.operationsPerSecond),
        errors: closed.operations.submit.errors,
        'p50 ms': round(closed.operations.submit.serviceMs.p50),
        'p99 ms': round(closed.operations.submit.serviceMs.p99),
        'worker CPU %': round(closed.generator.busiestWorkerPercent),
      });
    }
    const alone = await autocannon({ url: `${url}/submit.json`, connections, duration: 5 });
    rows.push({
      what: `autocannon alone, ${connections} connections`,
      'req/s': Math.round(alone.requests.average),
      errors: alone.errors,
    });
  } finally {
    child.kill();
  }
}

/** One in flight on both sides, on average in the open loop: a server that sleeps between requests would answer later than a busy one. */
async function agreement(folder, rows) {
  const values = {
    epochs: 1,
    epochMs: 15_000,
    perSecond: agreementPerSecond,
    clients: 1,
    missShare: 0,
    bogusShare: 0,
    foreignShare: 0,
  };
  const { header, operations } = generateSubmits(values, { seed: 7 });
  const trace = join(folder, 'agreement.jsonl');
  await writeTrace(trace, header, operations);
  const strategies = [`submit-scan:lookup=0ms,work=${handlerMs}ms`];
  const p50Of = async (more) =>
    (await replay({ trace, strategies, ...more })).results[0].operations.submit.serviceMs.p50;
  const open = await p50Of({});
  const closed = await p50Of({ closedConcurrency: 1 });
  const cannon = await p50Of({ closedConcurrency: 1, driver: 'autocannon' });
  rows.push({
    what: `${handlerMs} ms handler, open loop, ${agreementPerSecond}/s: service p50`,
    'p50 ms': round(open),
  });
  rows.push({ what: `${handlerMs} ms handler, closed loop, 1 in flight: service p50`, 'p50 ms': round(closed) });
  rows.push({ what: `${handlerMs} ms handler, autocannon, 1 in flight: service p50`, 'p50 ms': round(cannon) });
  rows.push({ what: 'open loop and autocannon: difference', 'p50 ms': round(Math.abs(open - cannon)) });
}

export async function run() {
  const folder = await mkdtemp(join(tmpdir(), 'ipcbench-bench-'));
  const rows = [];
  try {
    await againstTarget(folder, rows);
    await agreement(folder, rows);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return rows;
}

const round = (value) => Math.round(value * 1000) / 1000;

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.table(await run());
