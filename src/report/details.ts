import type { MeasuredResult, SafetyResult } from '../measure/result.js';
import { costColumns } from './cost-columns.js';
import { unfairResults } from './fairness.js';
import { measuredResults, type Report } from './model.js';
import { painter } from './paint.js';
import { tellBytes, tellCount, tellMs, tellPercent, tellShare } from './quantity.js';
import type { TextOptions } from './table.js';
import { columns, columnsWithin, wrapped, wrappedLabel } from './text-block.js';

const shownRows = 8;

/** What stands behind the main table: costs, coordinators, who waited for whom, long-held locks, safety examples, noise. */
export function renderDetails(report: Report, options: TextOptions): string {
  const results = measuredResults(report);
  const parts = [
    section('Cost per operation, and locks:', costTable(results, options.width)),
    section('Coordinators (percent of one core; mean / max):', coordinatorTable(results)),
    ...results.flatMap((result) => [blameTable(result), longHeldTable(result), examples(result, options)]),
    recorded(report, options),
    noise(report, options),
    unfairness(report, options),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** For each strategy that broke a claim, how. Empty when none did. */
export function renderUnsafeExamples(report: Report, options: TextOptions): string {
  const broken = measuredResults(report).filter((result) => result.safety.verdict === 'unsafe');
  const told = broken.map((result) => examples(result, options)).filter((each) => each !== '');
  return told.length === 0 ? '' : `${told.join('\n\n')}\n`;
}

function section(title: string, table: string): string {
  return table === '' ? '' : `${title}\n\n${table}`;
}

function costTable(results: readonly MeasuredResult[], width: number): string {
  if (results.length === 0) return '';
  return columnsWithin(
    width,
    ['strategy', ...costColumns.map(({ head }) => head)],
    results.map((result) => [wrappedLabel(result.label, 26), ...costColumns.map(({ tell }) => tell(result))]),
  );
}

function coordinatorTable(results: readonly MeasuredResult[]): string {
  const rows = results.flatMap((result) =>
    result.coordinators.map((usage) => [
      wrappedLabel(`${result.label} ${usage.name}`, 34),
      `${tellPercent(usage.cpuPercent.mean)} / ${tellPercent(usage.cpuPercent.max)}`,
      tellPercent(usage.busiestThreadPercent.mean),
      tellPercent(usage.runQueueWaitPercent.mean),
      tellBytes(usage.rssBytes.max),
      usage.saturated ? `${usage.verdict}, saturated` : usage.verdict,
    ]),
  );
  return rows.length === 0
    ? ''
    : columns(['coordinator', 'CPU', 'busiest thread', 'run-queue wait', 'RSS', 'verdict'], rows);
}

function blameTable(result: MeasuredResult): string {
  const rows = [...result.locks.blame].sort((a, b) => b.waitMs - a.waitMs).slice(0, shownRows);
  if (rows.length === 0) return '';
  const table = columns(
    ['who waited', 'for whom', 'key', 'waited', 'of it for another key'],
    rows.map((row) => [
      row.waiter,
      row.holder,
      wrappedLabel(row.key, 40),
      tellMs(row.waitMs),
      tellShare(row.falseSharingMs, row.waitMs),
    ]),
    3,
  );
  return section(`Who waited for whom on ${result.label}:`, table);
}

function longHeldTable(result: MeasuredResult): string {
  const rows = [...result.locks.longHeld].sort((a, b) => b.heldMs - a.heldMs).slice(0, shownRows);
  if (rows.length === 0) return '';
  const table = columns(
    ['key', 'holder', 'operation', 'held', 'taken at'],
    rows.map((row) => [wrappedLabel(row.key, 40), row.holder, row.operation, tellMs(row.heldMs), tellMs(row.atMs)]),
    3,
  );
  return section(`Locks held longest on ${result.label}:`, table);
}

function examples(result: MeasuredResult, options: TextOptions): string {
  const { safety } = result;
  const counts = [...stateCounts(safety), ...answerCounts(safety)];
  if (counts.length === 0) return '';
  const paint = painter(options.color);
  const told = `Safety of ${result.label}: ${counts.join(', ')}`;
  const lines = safety.examples.map((example) => wrapped(`${example.kind}: ${example.text}`, options.width, '  '));
  return [paint(safety.verdict === 'unsafe' ? 'bad' : 'doubtful', wrapped(told, options.width)), ...lines].join('\n');
}

function stateCounts({ overlaps, lostUpdates, staleReads, underLocked }: SafetyResult): string[] {
  if (overlaps + lostUpdates + staleReads + underLocked === 0) return [];
  return [
    `${tellCount(overlaps)} overlaps`,
    `${tellCount(lostUpdates)} lost updates`,
    `${tellCount(staleReads)} stale reads`,
    `${tellCount(underLocked)} under-locked by the trace itself`,
  ];
}

/** What cycles came to is told, with its example, by the reason of the verdict. */
function answerCounts({ answers }: SafetyResult): string[] {
  if (answers === undefined || answers.wrong === 0) return [];
  return [`${tellCount(answers.wrong)} of ${tellCount(answers.checked)} answers wrong`];
}

function recorded(report: Report, options: TextOptions): string {
  return report.recorded === undefined
    ? ''
    : wrapped(`Recorded against replayed: ${report.recorded.verdict}. ${report.recorded.text}`, options.width);
}

function noise(report: Report, options: TextOptions): string {
  if (report.noise === undefined) return '';
  const { strategy, rounds, spreadPercent: spread } = report.noise;
  const text = `Noise floor: the ${rounds} rounds of ${strategy} lie ${tellPercent(spread.p50)} apart at p50, ${tellPercent(spread.p95)} at p95, ${tellPercent(spread.p99)} at p99 and ${tellPercent(spread.throughput)} in throughput (largest − smallest, of the median). Smaller differences say nothing.`;
  return wrapped(text, options.width);
}

function unfairness(report: Report, options: TextOptions): string {
  const unfair = unfairResults(report);
  if (unfair.length === 0) return '';
  const text = `p50 lies on ${unfair.map((result) => result.label).join(', ')}: some workers entered far fewer sections than others, so that the median is that of the lucky ones. Read mean, p99 and sections per worker.`;
  return painter(options.color)('doubtful', wrapped(text, options.width));
}
