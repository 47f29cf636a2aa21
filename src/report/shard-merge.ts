import { IpcbenchError } from '../errors.js';
import { measuredResults, type Report, type ReportWarning } from './model.js';
import { tellMs } from './quantity.js';

/** Shards whose clocks were started so far apart still met for all practical purposes: what clocks synchronised by NTP are apart, and more. */
const togetherWithinMs = 1_000;

export function shardName({ run }: Report): string {
  return `shard ${run.shard?.index}/${run.shard?.count}`;
}

/** In words, why two shards are not of one run; undefined when they are. */
export function mixedShards(one: Report, other: Report): string | undefined {
  if (one.run.shard?.count !== other.run.shard?.count)
    return `they are shards of different splits (${shardName(one)}, ${shardName(other)})`;
  if (one.run.joined !== other.run.joined) return 'they used different coordinators';
  if ((one.run.startAt === undefined) !== (other.run.startAt === undefined))
    return 'one was started with --start-at and the other without: they are of different runs';
  const apartMs = startsApartMs([one, other]);
  if (apartMs !== undefined && apartMs > one.trace.durationMs)
    return `they never ran at the same time (--start-at ${one.run.startAt} and ${other.run.startAt}): they are of different runs`;
  return undefined;
}

/**
 * Refuses to take a part for the whole.
 * @throws IpcbenchError `BAD_REPORT`
 */
export function refuseMissingShards(reports: readonly Report[]): void {
  const count = reports[0]?.run.shard?.count ?? 0;
  const there = new Set(reports.map((report) => report.run.shard?.index));
  const missing = Array.from({ length: count }, (_, index) => index + 1).filter((index) => !there.has(index));
  if (missing.length === 0) return;
  const several = missing.length > 1;
  throw new IpcbenchError(
    'BAD_REPORT',
    `shard${several ? 's' : ''} ${missing.join(', ')} of ${count} ${several ? 'are' : 'is'} missing: give all ${count} reports, or replay again`,
  );
}

/** What a reader of merged shards should know. */
export function shardWarnings(reports: readonly Report[]): ReportWarning[] {
  const apartMs = startsApartMs(reports);
  return [
    ...(reports.some((report) => report.run.joined === undefined && hasCoordinators(report))
      ? [
          {
            code: 'SHARDS_APART',
            text: 'Each shard had coordinators of its own, and none bore the load of the whole trace.',
            advice: 'Start them with `ipcbench serve` and replay the shards with --join.',
          },
        ]
      : []),
    ...(apartMs === undefined || apartMs > togetherWithinMs
      ? [
          {
            code: 'SHARDS_NOT_TOGETHER',
            text: `The shards ${apartMs === undefined ? 'were not told to start together' : `started up to ${tellMs(apartMs)} apart`}.`,
            advice: 'Give all copies the same --start-at, as a time of day.',
          },
        ]
      : []),
  ];
}

/** Fan-out pools, files and shared memory have none that a shard could have of its own. */
function hasCoordinators(report: Report): boolean {
  return measuredResults(report).some(({ coordinators }) => coordinators.length > 0);
}

/** How far apart the shards were told to start; undefined where they were not told. */
function startsApartMs(reports: readonly Report[]): number | undefined {
  const starts = reports.flatMap(({ run }) => (run.startAt === undefined ? [] : [Date.parse(run.startAt)]));
  return starts.length < reports.length ? undefined : Math.max(...starts) - Math.min(...starts);
}
