/**
 * Preloaded (`node --require`) into a process that a clinic tool is to record. Writes all recordings at the latest in `exit`, which every
 * orderly end goes through: clinic's own preloads write in `beforeExit`, which a process that calls `process.exit` never sees.
 */
import fs = require('node:fs');
import inspector = require('node:inspector');
import path = require('node:path');
import stream = require('node:stream');
import threads = require('node:worker_threads');

import type { PreloadOrder } from './recording.js' with { 'resolution-mode': 'import' };

/** Written at once from here on: a process of many operations a second writes some hundred times a second. */
const bufferBytes = 65_536;

/** Allocated bytes between two samples of the heap: what clinic itself uses. */
const samplingIntervalBytes = 32_768;

/** A file that is written synchronously in large pieces, so that `exit` can write what is left. */
class LateFile extends stream.Writable {
  readonly #file: number;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(file: number) {
    super({ decodeStrings: true });
    this.#file = file;
    process.on('exit', () => this.flush());
  }

  override _write(piece: Buffer, _encoding: string, done: () => void): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes >= bufferBytes) this.flush();
    done();
  }

  flush(): void {
    fs.writeSync(this.#file, Buffer.concat(this.#pieces));
    [this.#pieces, this.#bytes] = [[], 0];
  }
}

/** Runs one of clinic's own preloads, with its files written by us, its signal handlers left out, and its variables set meanwhile only. */
function runInject(file: string, variables: Record<string, string>): void {
  const own = ['SIGINT', 'beforeExit'].map((event) => ({ event, known: new Set(process.listeners(event as 'exit')) }));
  const { createWriteStream } = fs;
  const lateFile = (name: string, options?: { fd?: number }): LateFile =>
    new LateFile(options?.fd ?? fs.openSync(name, 'w', 0o600));
  Object.assign(process.env, variables);
  Object.assign(fs, { createWriteStream: lateFile });
  try {
    require(file);
  } finally {
    Object.assign(fs, { createWriteStream });
    for (const name of Object.keys(variables)) delete process.env[name];
  }
  for (const { event, known } of own) {
    for (const listener of process.listeners(event as 'exit'))
      if (!known.has(listener)) process.off(event as 'exit', listener);
  }
}

function sampleHeap(directory: string): void {
  const session = new inspector.Session();
  session.connect();
  session.post('HeapProfiler.startSampling', { samplingInterval: samplingIntervalBytes });
  process.on('exit', () => {
    // Within one thread the inspector answers before `post` returns.
    session.post('HeapProfiler.stopSampling', (error, answer) => {
      if (error === null)
        fs.writeFileSync(path.join(directory, 'target.clinic-heapprofiler'), JSON.stringify(answer.profile));
    });
  });
}

/** What `@clinic/flame` wants to know of a process, and which node it was: V8's log is read by that one. */
function describeTarget(folder: string, recording: string): void {
  const [, program] = process.argv;
  const { version } = require(path.join(folder, 'package.json')) as { version: string };
  const description = {
    mainDirectory: program === undefined ? process.cwd() : path.dirname(program),
    pathSeparator: path.sep,
    nodeVersions: process.versions,
    toolVersion: version,
    nodeProgram: process.execPath,
  };
  fs.mkdirSync(recording);
  fs.writeFileSync(path.join(recording, 'target.clinic-flame-systeminfo'), JSON.stringify(description));
}

function start({ tool, folder, directory, ownArguments, announceOn }: PreloadOrder): void {
  // A forked child would inherit these and write into the same files.
  process.execArgv.splice(0, ownArguments);
  const name = `NODE_CLINIC_${tool.toUpperCase()}`;
  const place = { [`${name}_DATA_PATH`]: directory, [`${name}_NAME`]: 'target' };
  if (tool === 'doctor') {
    runInject(path.join(folder, 'injects/sampler.js'), {
      ...place,
      [`${name}_SAMPLE_INTERVAL`]: '10',
      [`${name}_TIMEOUT_DELAY`]: '0',
      [`${name}_COLLECT_LOOP_UTILIZATION`]: 'true',
    });
  } else if (tool === 'bubbleprof') {
    runInject(path.join(folder, 'injects/logger.js'), place);
  } else if (tool === 'heapprofiler') {
    sampleHeap(directory);
  } else {
    describeTarget(folder, path.join(directory, 'target.clinic-flame'));
  }
  endOn('SIGINT', 2);
  endOn('SIGTERM', 15);
  if (announceOn !== undefined) fs.writeSync(announceOn, 'recording');
}

/** Ends the process in an orderly way, unless it has a handler of its own: then that decides. */
function endOn(signal: NodeJS.Signals, number: number): void {
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(128 + number);
  });
}

const order = process.env.IPCBENCH_CLINIC;
if (order !== undefined && threads.isMainThread) {
  delete process.env.IPCBENCH_CLINIC;
  start(JSON.parse(order) as PreloadOrder);
}
