// What the instrumentation costs while no OpenTelemetry SDK is registered: the code as it is against a copy of it with every place that
// tells something taken out, in short turns in one process, so that what the machine does meanwhile meets both. CPU time, not wall time.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { serve } from '../dist/replay/serve.js';

export const title = 'Instrumentation without an SDK (told: as it is; bare: taken out)';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const bare = fileURLToPath(new URL('../build/bench-bare/', import.meta.url));
const turns = 41;
const operationsPerTurn = 3000;
const callsPerTurn = 3000;
const inFlight = 16;

/** Every place that tells something, and what is left where nothing is told. */
const cuts = {
  'replay/dispatcher.js': [
    ['const span = this.#startSpan(operation, startNs - due);', ''],
    ['run.stopwatch.parent = span;', ''],
    ['startNs, span };', 'startNs };'],
    [/active\.span\?\.end\(.*\);/, ''],
  ],
  'replay/stopwatch.js': [['parent;', '']],
  'strategies/served.js': [['return toldSession(session, strategy.name, openTelemetry());', 'return session;']],
  'strategies/coordinator/channel.js': [
    [
      'return this.#telemetry === undefined ? reply : this.#told(this.#telemetry, code, reply, meter);',
      'return reply;',
    ],
  ],
};

function makeBareCopy() {
  rmSync(bare, { recursive: true, force: true });
  cpSync(dist, bare, { recursive: true });
  for (const [file, changes] of Object.entries(cuts)) {
    let text = readFileSync(join(bare, file), 'utf8');
    for (const [what, instead] of changes) {
      const cut = text.replace(what, instead);
      if (cut === text) throw new Error(`bench/telemetry.mjs: ${file} has no ${what} any more`);
      text = cut;
    }
    writeFileSync(join(bare, file), text);
  }
}

const load = (from, file) => import(pathToFileURL(join(from, file)).href);

/** Runs operations through the replay's own dispatcher on the strategy that does nothing. */
async function operationsOf(from, folder, openFile) {
  const { Dispatcher } = await load(from, 'replay/dispatcher.js');
  const { startAlarm } = await load(from, 'replay/alarm/alarm.js');
  const { BodyMaker } = await load(from, 'replay/marked-value.js');
  const { EvidenceWriter } = await load(from, 'replay/evidence.js');
  const { clockFrom, monotonicNs } = await load(from, 'measure/clock.js');
  const { openTelemetry } = await load(from, 'telemetry/telemetry.js');
  const { default: none } = await load(from, 'strategies/none.js');
  const clock = clockFrom(monotonicNs());
  const alarm = await startAlarm(clock);
  const session = await none.connect({
    options: {},
    structures: [],
    addresses: {},
    process: 'bench',
    directory: folder,
  });
  let marks = 0;
  const environment = {
    clock,
    alarm,
    session,
    evidence: new EvidenceWriter(mkdtempSync(join(folder, 'evidence-')), 0, 1),
    bodies: new BodyMaker(),
    shapes: new Map(),
    verifiable: new Set(),
    workScale: 1,
    compute: () => {},
    nextMark: () => ++marks,
    signal: new AbortController().signal,
    telemetry: openTelemetry(),
  };
  const setup = {
    index: 0,
    kinds: ['order'],
    header,
    openFile,
    loops: [],
    speed: 1,
    closedConcurrency: 1,
    label: 'none',
  };
  return {
    count: operationsPerTurn,
    async turn() {
      const dispatcher = new Dispatcher(environment, setup);
      await dispatcher.prepare();
      const startNs = clock.nowNs();
      const segment = { kind: 'segment', startNs, fromMs: 0, toMs: 1e9, drainMs: 1e4, chainsGoOn: true };
      const before = process.cpuUsage();
      await dispatcher.run(segment, () => dispatcher.windDown());
      const { user, system } = process.cpuUsage(before);
      if (dispatcher.finished !== operationsPerTurn) throw new Error(`${dispatcher.finished} operations were run`);
      dispatcher.close();
      return user + system;
    },
    close: () => alarm.close(),
  };
}

/** Calls a coordinator that runs in a process of its own. */
async function callsOf(from, servedFile) {
  const { openServed } = await load(from, 'strategies/served.js');
  const session = await openServed(servedFile, { process: `bench ${from}` });
  const { state } = session;
  return {
    count: callsPerTurn,
    async turn() {
      const before = process.cpuUsage();
      const lane = async () => {
        for (let index = 0; index < callsPerTurn / inFlight; index++) await state.get('positions', 'key');
      };
      await Promise.all(Array.from({ length: inFlight }, lane));
      const { user, system } = process.cpuUsage(before);
      return user + system;
    },
    close: () => session.close(),
  };
}

const header = {
  structures: [],
  processes: [{ name: 'client' }],
  templates: {
    order: [
      { do: 'lock', key: '{key}' },
      { do: 'read', in: 'positions', key: '{key}' },
      { do: 'write', in: 'positions', key: '{key}' },
      { do: 'unlock' },
    ],
  },
};

function writeOperations(folder) {
  const path = join(folder, 'operations.jsonl');
  const lines = Array.from({ length: operationsPerTurn }, (_, index) =>
    JSON.stringify({ at: index / 100, op: 'order', process: 'client', fields: { key: `k${index % 500}` } }),
  );
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

const sorted = (values) => [...values].sort((a, b) => a - b);
const median = (values) => sorted(values)[values.length >> 1];
const round = (value, digits) => Number(value.toFixed(digits));

/** Turns of both, each twice, in changing order; the first are left out, while code is being compiled. */
async function compare(what, told, plain) {
  const ways = [
    ['told', told],
    ['bare', plain],
    ['told again', told],
    ['bare again', plain],
  ];
  const times = Object.fromEntries(ways.map(([name]) => [name, []]));
  for (let turn = -8; turn < turns; turn++) {
    for (let place = 0; place < ways.length; place++) {
      const [name, one] = ways[(turn + place + 2 * ways.length) % ways.length];
      const us = (await one.turn()) / one.count;
      if (turn >= 0) times[name].push(us);
    }
  }
  await told.close();
  await plain.close();
  const [toldUs, bareUs] = ['told', 'bare'].map((name) => median([...times[name], ...times[`${name} again`]]));
  return {
    what,
    'told, µs CPU': round(toldUs, 2),
    'bare, µs CPU': round(bareUs, 2),
    'told ÷ bare': round(toldUs / bareUs, 3),
    'for the noise: told ÷ told': round(median(times['told again']) / median(times.told), 3),
    'bare ÷ bare': round(median(times['bare again']) / median(times.bare), 3),
  };
}

export async function run() {
  makeBareCopy();
  const folder = mkdtempSync(join(tmpdir(), 'ipcbench-bench-'));
  const served = await serve('single-manager');
  try {
    const openFile = writeOperations(folder);
    return [
      await compare(
        'an operation of four steps',
        await operationsOf(dist, folder, openFile),
        await operationsOf(bare, folder, openFile),
      ),
      await compare(
        `a call, ${inFlight} in flight`,
        await callsOf(dist, served.file),
        await callsOf(bare, served.file),
      ),
    ];
  } finally {
    await served.close();
    rmSync(folder, { recursive: true, force: true });
    rmSync(bare, { recursive: true, force: true });
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  console.table(await run());
