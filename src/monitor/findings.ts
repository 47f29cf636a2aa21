import type { ProcessProfile } from '../measure/profile.js';
import type { Thresholds } from './verdict.js';

export type Measured = Omit<ProcessProfile, 'reasons' | 'advice'>;

/** The verdict in words, and what to try next. */
export function findingsOf(process: Measured, thresholds: Thresholds): { reasons: string[]; advice: string[] } {
  if (process.verdict === 'unknown')
    return { reasons: ['it was watched for under a second, which is too little to judge'], advice: [] };
  const reasons = [cpuReason(process, thresholds), waitReason(process), ...throttleReasons(process)];
  reasons.push(...connectionReasons(process), ...redisReasons(process), ...memoryReasons(process));
  return { reasons, advice: adviceFor(process) };
}

const percent = (value: number): string => `${value < 10 && value > 0 ? value.toFixed(1) : Math.round(value)} %`;
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

function cpuReason(process: Measured, thresholds: Thresholds): string {
  const locked = process.kind.runtime === 'interpreter-lock';
  const measure = locked ? 'cpuPercent' : 'busiestThreadPercent';
  const limit = process.verdict === 'severe' ? thresholds.severePercent : thresholds.overloadedPercent;
  const over = process.series.filter((point) => point[measure] > limit).length;
  const who = locked
    ? 'its threads, tied by the interpreter lock, together'
    : process.threads.max > 1
      ? `one thread (${process.busiestThread.name}, ${process.busiestThread.id})`
      : 'its only thread';
  const total =
    !locked && process.cpuPercent.mean > process.busiestThreadPercent.mean + 5
      ? `, all ${process.threads.last} threads ${percent(process.cpuPercent.mean)}`
      : '';
  return `${who} used ${percent(process[measure].mean)} of a core${total}; over ${limit} % in ${over} of ${process.series.length} s`;
}

function waitReason(process: Measured): string {
  if (process.runQueueWaitPercent === undefined) return 'how long it waits for a core is not known here';
  const wait = `run-queue wait ${percent(process.runQueueWaitPercent.mean)}`;
  if (process.verdict === 'starved') return `${wait}: the machine is contended, it would use more if it got a core`;
  if (process.verdict === 'healthy') return `${wait}: it has room`;
  return process.runQueueWaitPercent.mean > 20
    ? `${wait}: it is busy, and waits for a core besides`
    : `${wait}: it is busy, not starved`;
}

function throttleReasons(process: Measured): string[] {
  const { cgroup } = process;
  if (cgroup?.limitCores === undefined) return [];
  const held = percent((100 * cgroup.throttledMs) / Math.max(1, process.measuredMs));
  return [`its control group may use ${cgroup.limitCores} cores and was held back for ${held} of the time`];
}

function connectionReasons(process: Measured): string[] {
  const listeners = process.listeners ?? [];
  if (listeners.length === 0) return [];
  const connections = listeners.reduce((sum, listener) => sum + listener.connections, 0);
  const queued = listeners.reduce((sum, listener) => sum + listener.queued.max, 0);
  const waiting = queued === 0 ? '' : `, ${queued} waiting to be accepted`;
  return [`${connections} ${connections === 1 ? 'connection' : 'connections'}${waiting}`];
}

function redisReasons(process: Measured): string[] {
  const { redis } = process;
  if (redis === undefined) return [];
  const [top] = redis.commands;
  const most =
    top === undefined ? '' : `, most of its time in ${top.name} (${Math.round(top.totalMs)} ms in ${top.calls} calls)`;
  const slow = redis.slow.length === 0 ? '' : `, ${redis.slow.length} in the slow log`;
  return [
    `${Math.round(redis.commandsPerSecond)} commands/s from ${redis.connectedClients} clients, ${redis.blockedClients} blocked${most}${slow}`,
  ];
}

/** Growth is told from 1 MB a minute and 5 % of what there was, seen over 5 s at least. */
function memoryReasons(process: Measured): string[] {
  const { first, last, growthPerMinute } = process.rssBytes;
  if (process.measuredMs < 5000 || growthPerMinute < 1e6 || last < 1.05 * first) return [];
  return [`its memory grew from ${megabytes(first)} to ${megabytes(last)} (${megabytes(growthPerMinute)} a minute)`];
}

function adviceFor(process: Measured): string[] {
  const advice: string[] = [];
  if (process.verdict === 'severe' || process.verdict === 'overloaded') advice.push(...busyAdvice(process));
  if (process.verdict === 'starved')
    advice.push(
      'give it a core: fewer busy neighbours, or pin it with taskset; a faster strategy gains little while it waits for one',
    );
  if ((process.cgroup?.throttledMs ?? 0) > 0.05 * process.measuredMs)
    advice.push('raise the CPU limit of its control group');
  if ((process.listeners ?? []).some((listener) => listener.queued.max > 0))
    advice.push('clients wait to be accepted: keep connections open instead of opening one per use');
  return advice;
}

function busyAdvice({ kind, pid }: Measured): string[] {
  if (kind.manager !== undefined)
    return [
      'a trace of its clients shows what another way would do: ipcbench record, then ipcbench replay trace.jsonl --strategy single-manager --strategy multi-manager --strategy lock-pool',
      'a lock fetched out of a managed dict opens a connection at each use: keep lock proxies, or use a fixed pool of locks (ipcbench strategies lock-pool)',
    ];
  const replay = 'compare ways to share this state on a trace of your own: ipcbench replay trace.jsonl --strategy all';
  if (kind.name === 'redis-server') return [`send fewer, larger commands; ${replay}`];
  if (kind.name === 'node') return [`see which functions take the time: ipcbench profile ${pid} --cpu`, replay];
  return [replay];
}
