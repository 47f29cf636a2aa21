import { costColumns } from '../cost-columns.js';
import { measuredResults, type Report } from '../model.js';
import { tellBytes, tellMs, tellPercent } from '../quantity.js';
import { type Markup, table } from './element.js';

const shownRows = 6;

/** Hot keys and who waited for whom. */
export function blameTable(report: Report): Markup {
  const rows = measuredResults(report).flatMap((result) =>
    [...result.locks.blame]
      .sort((a, b) => b.waitMs - a.waitMs)
      .slice(0, shownRows)
      .map((row) => [
        result.label,
        row.waiter,
        row.holder,
        row.key,
        { text: tellMs(row.waitMs), value: row.waitMs },
        tellMs(row.falseSharingMs),
      ]),
  );
  return table(
    'Time waited for locks, summed by who waited and who held; the key is the one most waited for',
    ['strategy', 'who waited', 'for whom', 'hot key', 'waited', 'of it for another key'],
    rows,
  );
}

/** The locks that were held longest. */
export function longHeldTable(report: Report): Markup {
  const rows = measuredResults(report).flatMap((result) =>
    [...result.locks.longHeld]
      .sort((a, b) => b.heldMs - a.heldMs)
      .slice(0, shownRows)
      .map((row) => [
        result.label,
        row.key,
        row.holder,
        row.operation,
        { text: tellMs(row.heldMs), value: row.heldMs },
        tellMs(row.atMs),
      ]),
  );
  return table(
    'From acquire to release, as the holder saw it',
    ['strategy', 'key', 'holder', 'operation', 'held', 'taken at'],
    rows,
  );
}

/** Messages, bytes, locks and memory of each strategy. */
export function costTable(report: Report): Markup {
  return table(
    'Messages, connections and bytes are per operation.',
    ['strategy', ...costColumns.map(({ head }) => head)],
    measuredResults(report).map((result) => [
      result.label,
      ...costColumns.map(({ tell, value }) =>
        value === undefined ? tell(result) : { text: tell(result), value: value(result) },
      ),
    ]),
  );
}

/** Every coordinator with its verdict. */
export function coordinatorTable(report: Report): Markup {
  const rows = measuredResults(report).flatMap((result) =>
    result.coordinators.map((usage) => [
      `${result.label}: ${usage.name}`,
      { text: tellPercent(usage.cpuPercent.mean), value: usage.cpuPercent.mean },
      tellPercent(usage.cpuPercent.max),
      tellPercent(usage.busiestThreadPercent.mean),
      tellPercent(usage.runQueueWaitPercent.mean),
      tellBytes(usage.rssBytes.max),
      usage.saturated ? `${usage.verdict}, saturated` : usage.verdict,
    ]),
  );
  return table(
    'Percent of one core.',
    ['coordinator', 'CPU', 'CPU max', 'busiest thread', 'run-queue wait', 'RSS', 'verdict'],
    rows,
  );
}
