import type { ProcessProfile, Profile } from '../../measure/profile.js';
import type { Paint } from '../paint.js';
import { tellBytes, tellMs, tellPercent } from '../quantity.js';
import { visibleWidth } from '../text-block.js';
import { byCpu, processTable, verdictWords } from './profile-text.js';
import { sparkline } from './sparkline.js';

/** What a terminal shows while the process is watched: at most `height` lines of at most `width` columns. */
export function liveView(profile: Profile, paint: Paint, width: number, height: number): string[] {
  const [main] = profile.processes;
  if (main === undefined) return [];
  const room = Math.max(10, Math.min(60, width - 30));
  const spark = (name: string, values: readonly number[], full: number, text: string): string =>
    `${name.padEnd(15)} ${text.padStart(8)}  ${sparkline(values, full, room)}`;
  const last = main.series.at(-1);
  const lines = [
    paint('strong', `process ${main.pid} (${main.name}) · ${tellMs(profile.durationMs)} · q ends`),
    '',
    spark(
      'CPU',
      main.series.map((point) => point.cpuPercent),
      100,
      tellPercent(last?.cpuPercent ?? 0),
    ),
    spark(
      'busiest thread',
      main.series.map((point) => point.busiestThreadPercent),
      100,
      tellPercent(last?.busiestThreadPercent ?? 0),
    ),
    spark(
      'run-queue wait',
      main.series.map((point) => point.runQueueWaitPercent),
      100,
      tellPercent(last?.runQueueWaitPercent ?? 0),
    ),
    spark(
      'memory',
      main.series.map((point) => point.rssBytes),
      main.rssBytes.max,
      tellBytes(main.rssBytes.last),
    ),
    '',
    ...processTable(profile, paint).split('\n'),
    '',
    ...main.reasons.slice(0, 2),
  ];
  return lines
    .slice(0, height)
    .map((line) => (visibleWidth(line) <= width ? line : [...line].slice(0, width).join('')));
}

/** One line of progress where there is no terminal: the process, and the busiest of its descendants. */
export function progressLine(profile: Profile): string {
  const [main, busiest] = byCpu(profile);
  const told = [main, busiest].flatMap((process) => (process === undefined ? [] : [progressOf(process)]));
  return `${(profile.durationMs / 1000).toFixed(0)} s: ${told.join(' | busiest descendant ')}`;
}

function progressOf(process: ProcessProfile): string {
  const last = process.series.at(-1);
  const wait =
    process.runQueueWaitPercent === undefined ? '' : `, run-queue wait ${tellPercent(last?.runQueueWaitPercent ?? 0)}`;
  return `${process.pid} ${process.name} CPU ${tellPercent(last?.cpuPercent ?? 0)}, busiest thread ${tellPercent(last?.busiestThreadPercent ?? 0)}${wait}, memory ${tellBytes(process.rssBytes.last)}, ${verdictWords[process.verdict]}`;
}
