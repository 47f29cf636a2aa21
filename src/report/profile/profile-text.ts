import type { ProcessProfile, Profile } from '../../measure/profile.js';
import type { PercentSummary } from '../../measure/result.js';
import type { Paint, Tone } from '../paint.js';
import { countOf, tellBytes, tellMs, tellNumber, tellPercent } from '../quantity.js';
import { columns, visibleWidth, wrapped } from '../text-block.js';
import { sparkline } from './sparkline.js';

/** Seconds that a sparkline shows. */
const sparkSeconds = 60;

/** What was seen of the process, and of its descendants in a table below, for a terminal `width` columns wide. */
export function profileText(profile: Profile, paint: Paint, width: number): string {
  const [main] = profile.processes;
  if (main === undefined) return '';
  const rest = profile.processes.length > 1 ? ['', processTable(profile, paint)] : [];
  const brief =
    profile.briefChildren > 0 ? [`and ${countOf(profile.briefChildren, 'descendant')} that lived under a second`] : [];
  return `${[heading(profile, main), '', figures(main, profile.host.memoryBytes), '', judgement(main, paint, width), ...rest, ...brief].join('\n')}\n`;
}

function heading({ durationMs, host }: Profile, process: ProcessProfile): string {
  const manager = process.kind.manager;
  const kind =
    manager === undefined
      ? process.kind.name
      : `${process.kind.name}, ${manager.certainty === 'certain' ? '' : `${manager.certainty} `}a multiprocessing manager`;
  const ended = process.state === 'ended' ? ', then it ended' : '';
  const command = process.command.replace(/\s+/g, ' ');
  return [
    `process ${process.pid}: ${command.length > 80 ? `${command.slice(0, 79)}…` : command}`,
    `${kind} (${manager?.because ?? process.kind.because})${process.user === undefined ? '' : `, user ${process.user}`}, watched for ${tellMs(durationMs)}${ended}, on ${countOf(host.cpus, 'core')} (steal ${tellPercent(host.stealPercent)})`,
  ].join('\n');
}

function figures(process: ProcessProfile, memoryBytes: number): string {
  const row = (name: string, summary: PercentSummary, note: string, spark: keyof ProcessProfile['series'][number]) => [
    name,
    tellPercent(summary.mean),
    tellPercent(summary.p95),
    tellPercent(summary.max),
    `${sparkline(
      process.series.map((point) => point[spark]),
      100,
      sparkSeconds,
    )} ${note}`,
  ];
  const rows = [
    row(
      'CPU, percent of a core',
      process.cpuPercent,
      `user ${tellPercent(process.userPercent)}, system ${tellPercent(process.systemPercent)}`,
      'cpuPercent',
    ),
    row(
      'busiest thread',
      process.busiestThreadPercent,
      `${process.busiestThread.name} (${process.busiestThread.id})`,
      'busiestThreadPercent',
    ),
    ...(process.runQueueWaitPercent === undefined
      ? []
      : [row('run-queue wait', process.runQueueWaitPercent, '', 'runQueueWaitPercent')]),
  ];
  const table = columns(['', 'mean', 'p95', 'max', ''], leftAligned(rows));
  return [table, ...counts(process, memoryBytes)].join('\n');
}

/** Pads the last cell of each row, since the columns behind the first are aligned to the right. */
function leftAligned(rows: string[][]): string[][] {
  const width = Math.max(...rows.map((row) => visibleWidth(row.at(-1) ?? '')));
  return rows.map((row) => {
    const last = row.at(-1) ?? '';
    return [...row.slice(0, -1), last + ' '.repeat(width - visibleWidth(last))];
  });
}

function counts(process: ProcessProfile, memoryBytes: number): string[] {
  const { rssBytes, descriptors, switchesPerSecond, cgroup } = process;
  const growth =
    rssBytes.growthPerMinute < 0
      ? `−${tellBytes(-rssBytes.growthPerMinute)}`
      : `+${tellBytes(rssBytes.growthPerMinute)}`;
  const lines = [
    [
      'memory',
      `${tellBytes(rssBytes.last)} (${tellPercent((100 * rssBytes.last) / memoryBytes)} of the machine), at most ${tellBytes(rssBytes.max)}, ${growth} a minute`,
    ],
    ['threads', `${process.threads.last}, at most ${process.threads.max}`],
  ];
  if (descriptors !== undefined) lines.push(['descriptors', `${descriptors.last}, at most ${descriptors.max}`]);
  if (switchesPerSecond !== undefined)
    lines.push([
      'switches',
      `${tellNumber(switchesPerSecond.voluntary)}/s voluntary, ${tellNumber(switchesPerSecond.involuntary)}/s involuntary`,
    ]);
  if (cgroup?.limitCores !== undefined)
    lines.push([
      'CPU limit',
      `${cgroup.limitCores} cores, held back for ${tellMs(cgroup.throttledMs)} in ${countOf(cgroup.throttledPeriods, 'period')}`,
    ]);
  for (const listener of process.listeners ?? [])
    lines.push([
      'listens on',
      `${listener.transport} ${listener.address}: ${countOf(listener.connections, 'connection')}, ${listener.queued.last} queued (at most ${listener.queued.max} seen)`,
    ]);
  lines.push(...redisLines(process));
  for (const { what, why } of process.unreadable) lines.push(['not readable', `${what}: ${why}`]);
  return lines.map(([name = '', text = '']) => `${name.padEnd(22)}  ${text}`);
}

function redisLines({ redis }: ProcessProfile): string[][] {
  if (redis === undefined) return [];
  return [
    [
      'Redis',
      `${redis.version}, ${tellNumber(redis.commandsPerSecond)} commands/s, ${countOf(redis.connectedClients, 'client')} (${redis.blockedClients} blocked), ${tellBytes(redis.usedMemoryBytes)} used`,
    ],
    ...redis.commands.map((command) => [
      '',
      `${command.name}: ${countOf(command.calls, 'call')}, ${tellMs(command.totalMs)} in all, ${tellMs(command.meanUs / 1000)} each`,
    ]),
    ...redis.slow.map((entry) => ['slow', `${entry.command}: ${tellMs(entry.ms)}`]),
  ];
}

const tones: Record<ProcessProfile['verdict'], Tone> = {
  severe: 'bad',
  overloaded: 'bad',
  starved: 'doubtful',
  healthy: 'good',
  unknown: 'faint',
};

/** The verdict as people say it. */
export const verdictWords: Record<ProcessProfile['verdict'], string> = {
  severe: 'severely bottlenecked',
  overloaded: 'overloaded',
  starved: 'machine contended',
  healthy: 'healthy',
  unknown: 'unknown',
};

function judgement(process: ProcessProfile, paint: Paint, width: number): string {
  const word = paint(tones[process.verdict], verdictWords[process.verdict]);
  const reasons = wrapped(
    `Verdict: ${word}${process.saturated ? ' (saturated)' : ''}: ${process.reasons.join('; ')}.`,
    width,
  );
  return [reasons, ...process.advice.map((advice) => wrapped(`Try: ${advice}.`, width))].join('\n');
}

/** Rows that a table of processes has at most. */
const mostRows = 20;

/** The process that was asked for, then its descendants, the busiest first. */
export function processTable(profile: Profile, paint: Paint): string {
  const header = ['pid', 'process', 'CPU', 'busiest thread', 'run-queue wait', 'memory', 'threads', 'verdict'];
  const processes = byCpu(profile);
  const rows = processes
    .slice(0, mostRows)
    .map((process) => [
      String(process.pid),
      process.state === 'ended' ? `${process.name} (ended)` : process.name,
      tellPercent(process.cpuPercent.mean),
      tellPercent(process.busiestThreadPercent.mean),
      process.runQueueWaitPercent === undefined ? 'not readable' : tellPercent(process.runQueueWaitPercent.mean),
      tellBytes(process.rssBytes.last),
      String(process.threads.last),
      paint(tones[process.verdict], verdictWords[process.verdict]),
    ]);
  const more = processes.length > mostRows ? [`and ${processes.length - mostRows} less busy`] : [];
  return [columns(header, rows, 2), ...more].join('\n');
}

/** The process that was asked for, then its descendants, the busiest first. */
export function byCpu({ processes }: Profile): ProcessProfile[] {
  const [main, ...descendants] = processes;
  return main === undefined ? [] : [main, ...descendants.sort((a, b) => b.cpuPercent.mean - a.cpuPercent.mean)];
}
