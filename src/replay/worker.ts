import { setMaxListeners } from 'node:events';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors.js';
import { clockFrom } from '../measure/clock.js';
import type { Session } from '../strategies/strategy.js';
import { shortenTimeSlice } from '../system/time-slice.js';
import { openTelemetry } from '../telemetry/telemetry.js';
import { startAlarm } from './alarm/alarm.js';
import { followParent, tellParent } from './child-life.js';
import { connectClient } from './client.js';
import { computation } from './computation.js';
import { Dispatcher } from './dispatcher.js';
import type { Environment } from './environment.js';
import { EvidenceWriter } from './evidence.js';
import { type LastWords, lastWordsFile } from './last-words.js';
import { BodyMaker } from './marked-value.js';
import { MemoryPeak } from './memory-peak.js';
import type { FromWorker, SecondSample, SegmentStart, ToWorker, WorkerOutcome, WorkerSetup } from './messages.js';
import { startWorkerExport, type WorkerExport } from './worker-export.js';

/** Entry of a worker: a client process that replays one or more of the recorded processes. */

const closeWithinMs = 2_000;
const flushEveryMs = 1_000;

interface Running {
  environment: Environment;
  dispatcher: Dispatcher;
  session: Session;
  memory: MemoryPeak;
  abort: AbortController;
  telemetry: WorkerExport;
}

let setup: WorkerSetup | undefined;
let running: Running | undefined;

followParent(
  () => setup?.runDirectory,
  async () => running?.session.close(),
);

process.on('message', (message: ToWorker) => {
  act(message).catch(async (error) => {
    await tell({ kind: 'failed', message: messageOf(error) });
  });
});

async function act(message: ToWorker): Promise<void> {
  if (message.kind === 'setup') {
    setup = message;
    running = await start(message);
    await tell({ kind: 'ready' });
  } else if (message.kind === 'segment' && running !== undefined) {
    await tell(await runSegment(running, message));
  } else if (message.kind === 'stop') {
    running?.dispatcher.stop();
  } else if (message.kind === 'wind-down') {
    running?.dispatcher.windDown();
  } else if (message.kind === 'die-holding' && running !== undefined) {
    dieHolding(running);
  } else if (message.kind === 'export' && running !== undefined) {
    await tell({ kind: 'exported', ...(await running.telemetry.flush()) });
  } else if (message.kind === 'finish') {
    await finish();
  }
}

async function start(message: WorkerSetup): Promise<Running> {
  // The SDK has to be there before anything looks for one.
  const telemetry = await startWorkerExport(message);
  // It stands for clients on other machines: their sends must not wait for a slice of the server's here to be over.
  if (message.submitsOnly) await shortenTimeSlice();
  const session = await connectClient(message);
  const clock = clockFrom(BigInt(message.originNs));
  const abort = new AbortController();
  // One for each operation that waits: many are no leak.
  setMaxListeners(0, abort.signal);
  const memory = new MemoryPeak();
  let marks = 0;
  const environment: Environment = {
    clock,
    alarm: await startAlarm(clock),
    session,
    evidence: new EvidenceWriter(message.roundDirectory, message.index, message.partitions),
    bodies: new BodyMaker(),
    shapes: new Map(
      message.header.structures.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
    ),
    verifiable: new Set(message.verifiable),
    workScale: message.workScale,
    missRate: message.missRate,
    payloadScale: message.payloadScale,
    compute: computation(message.computeUnitsPerMs),
    nextMark: () => message.markNumber * 2 ** 40 + ++marks,
    signal: abort.signal,
    telemetry: openTelemetry(),
    memory,
  };
  const dispatcher = new Dispatcher(environment, message);
  await dispatcher.prepare();
  return { environment, dispatcher, session, memory, abort, telemetry };
}

async function runSegment({ environment, dispatcher, memory }: Running, segment: SegmentStart): Promise<WorkerOutcome> {
  const { clock, evidence, alarm } = environment;
  await alarm.until(segment.startNs - 1e6);
  const cpuAtStart = process.cpuUsage();
  memory.restart();
  memory.look();
  const secondNow = (): number => Math.max(Math.floor((clock.nowNs() - segment.startNs) / 1e9), 0);
  const flush = (): SecondSample[] => {
    evidence.flush();
    // The timer fires just after a second has ended: what was recorded belongs to the one before.
    return dispatcher.takeSamples(Math.max(secondNow() - 1, 0));
  };
  const timer = setInterval(() => {
    const samples = flush();
    const { sent, finished, inFlight } = dispatcher;
    void tell({ kind: 'progress', sent, finished, inFlight, rssBytes: memory.look(), samples });
  }, flushEveryMs);
  await dispatcher.run(segment, () => void tell({ kind: 'lanes-over' }));
  clearInterval(timer);
  const cpu = process.cpuUsage(cpuAtStart);
  const spanNs = clock.nowNs() - segment.startNs;
  const samples = dispatcher.takeSamples(secondNow());
  flush();
  return {
    kind: 'outcome',
    kinds: Object.fromEntries([...dispatcher.recorders].map(([kind, recorder]) => [kind, recorder.outcome()])),
    sent: dispatcher.sent,
    unsent: dispatcher.unsent,
    givenUp: dispatcher.givenUp,
    stalled: dispatcher.stalled,
    sections: dispatcher.sections,
    askedForLocks: dispatcher.askedForLocks,
    cpuPercent: ((cpu.user + cpu.system) * 1e5) / Math.max(spanNs, 1),
    rssBytes: memory.look(),
    elapsedMs: (dispatcher.lastEndNs - segment.startNs) / 1e6,
    samples,
    workloads: dispatcher.tallies.outcome(segment.startNs),
  };
}

/** The next operation that comes to hold a lock takes this process down with it, without a chance to let go. */
function dieHolding({ environment }: Running): void {
  environment.onEntry = ([key = '']) => {
    if (setup === undefined) return;
    // Evidence is the harness' own: it is kept, so that what others do next can be told.
    environment.evidence.flush();
    const words: LastWords = { key, atNs: environment.clock.nowNs() };
    writeFileSync(lastWordsFile(setup.roundDirectory, setup.index), JSON.stringify(words), { mode: 0o600 });
    process.kill(process.pid, 'SIGKILL');
  };
}

/** Gives up what is still pending and leaves. */
async function finish(): Promise<void> {
  if (running !== undefined) {
    const { abort, dispatcher, environment, session, telemetry } = running;
    abort.abort();
    dispatcher.close();
    await Promise.race([session.close().catch(() => {}), sleep(closeWithinMs)]);
    await environment.alarm.close();
    environment.evidence.close();
    await telemetry.leave();
  }
  await tell({ kind: 'finished' });
  process.exit(0);
}

const tell = (message: FromWorker): Promise<void> => tellParent(message);
