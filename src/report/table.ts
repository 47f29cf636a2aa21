import { measuredResults, type Report } from './model.js';
import { type Paint, painter } from './paint.js';
import { countOf, tellMs } from './quantity.js';
import {
  latencyFigures,
  legend,
  mainColumns,
  mainRows,
  notes,
  operationColumns,
  type Row,
  tellWarning,
} from './row.js';
import { columns, columnsWithin, visibleWidth, wrapped, wrappedLabel } from './text-block.js';
import { isLevel, workloadTables } from './workload-table.js';

export interface TextOptions {
  /** Whether escape sequences may be used. */
  color: boolean;
  /** Columns of the terminal. */
  width: number;
}

const labelWidth = 26;
const narrowestTable = 60;

/** The main table with its notes and legend, and the other operations in a second one. */
export function renderTable(report: Report, options: TextOptions): string {
  const paint = painter(options.color);
  const rows = mainRows(report);
  const parts = [
    wrapped(heading(report), options.width),
    rowsAsText(mainColumns, rows, options.width, paint),
    ...otherOperations(report, options.width, paint),
    ...workloads(report, options.width, paint),
    legend(report, [...rows, ...otherRows(report)])
      .map((line) => paint('faint', wrapped(line, options.width)))
      .join('\n'),
    notes(report)
      .map((note) => paint(note.tone, wrapped(`${note.label}: ${note.text}`, options.width)))
      .join('\n'),
    ...warnings(report, options.width, paint),
  ];
  return `${joined(parts)}\n`;
}

/** What was replayed, in one line. */
export function heading(report: Report): string {
  const { trace, run } = report;
  const parts = [
    `Trace ${trace.name}: ${countOf(trace.operations, 'operation')} over ${tellMs(trace.durationMs)}`,
    countOf(run.rounds, 'round'),
    ...(run.mergedFrom === undefined ? [] : [`merged from ${countOf(run.mergedFrom, 'report')}`]),
    ...(run.shard === undefined ? [] : [`shard ${run.shard.index} of ${run.shard.count}`]),
    ...(trace.skipped === undefined || trace.skipped === 0
      ? []
      : [`${countOf(trace.skipped, 'invalid line')} skipped`]),
    ...(report.state === 'interrupted' ? ['INTERRUPTED: what was measured until then'] : []),
  ];
  return `${parts.join(' · ')}. Response time of ${trace.primary}, from due time to end:`;
}

/** Sections of a text, one empty line apart; empty ones left out. */
function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}

function rowsAsText(titles: readonly string[], rows: readonly Row[], width: number, paint: Paint): string {
  const table = asTable(titles, rows, paint);
  const fits = table.split('\n').every((line) => visibleWidth(line) <= width);
  return fits ? table : stacked(titles, rows, width, paint);
}

function asTable(titles: readonly string[], rows: readonly Row[], paint: Paint): string {
  return columns(
    ['strategy', ...titles],
    rows.map((row) => {
      const label = wrappedLabel(row.label, labelWidth);
      if (!row.measured) return [label, { text: wrapped(row.text, narrowestTable), across: titles.length }];
      const figures = row.figures.map((figure) =>
        figure.tone === undefined ? figure.text : paint(figure.tone, figure.text),
      );
      return [row.saturated ? `${label} !` : label, ...figures];
    }),
  );
}

/** The form for terminals too narrow for the table: one block a strategy. */
function stacked(titles: readonly string[], rows: readonly Row[], width: number, paint: Paint): string {
  const title = Math.max(...titles.map((each) => each.length));
  return rows
    .map((row) => {
      const head = paint('strong', row.measured && row.saturated ? `${row.label} !` : row.label);
      if (!row.measured) return `${head}\n${wrapped(row.text, width, '  ')}`;
      const lines = row.figures.map((figure, index) => {
        const text = figure.tone === undefined ? figure.text : paint(figure.tone, figure.text);
        return `  ${(titles[index] ?? '').padEnd(title)}  ${text}`;
      });
      return [head, ...lines].join('\n');
    })
    .join('\n');
}

function otherOperations(report: Report, width: number, paint: Paint): string[] {
  const rows = otherRows(report);
  return rows.length === 0 ? [] : [`Other operations:\n\n${rowsAsText(operationColumns, rows, width, paint)}`];
}

function workloads(report: Report, width: number, paint: Paint): string[] {
  return workloadTables(report).map(({ workload, header, rows, notes: told }) => {
    const body = rows.map(([label = '', ...cells]) => [wrappedLabel(label, labelWidth), ...cells]);
    const lines = told.map(({ label, text }) => paint('doubtful', wrapped(`${label}: ${text}`, width)));
    return joined([`What ${workload} adds:`, columnsWithin(width, header, body, isLevel), lines.join('\n')]);
  });
}

/** A row for each operation but the primary one, on each strategy. */
export function otherRows(report: Report): Row[] {
  const names = new Set(measuredResults(report).flatMap((result) => Object.keys(result.operations)));
  names.delete(report.trace.primary);
  return [...names].sort().flatMap((operation) =>
    measuredResults(report)
      .filter((result) => result.operations[operation] !== undefined)
      .map((result) => ({
        label: `${operation} on ${result.label}`,
        measured: true as const,
        saturated: result.generator.saturated,
        figures: latencyFigures(report, result, operation),
      })),
  );
}

function warnings(report: Report, width: number, paint: Paint): string[] {
  return report.warnings.map((warning) => paint('doubtful', wrapped(`Warning: ${tellWarning(warning)}`, width)));
}
