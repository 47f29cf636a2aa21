import { type OperationResult, type Phase, phases } from '../../measure/result.js';
import { measuredResults, type Report } from '../model.js';
import { usedPhases } from '../phase-table.js';
import { tellMs } from '../quantity.js';
import { escaped, folded, type Markup, table } from './element.js';

const colors: Record<Phase, string> = {
  wait: '#9aa5b1',
  cpu: '#6b7a89',
  connect: '#d6708b',
  lookup: '#f28e2b',
  create: '#b8860b',
  acquire: '#e15759',
  read: '#4e79a7',
  write: '#59a14f',
  queue: '#b07aa1',
  disk: '#9c755f',
  release: '#2a9d8f',
  other: '#444b52',
};

/** Where the time of an operation goes, a stacked bar a strategy; all bars share one scale. The table holds the same figures. */
export function phaseBars(report: Report, operation: string): Markup {
  const rows = measuredResults(report).flatMap((result) => {
    const found = result.operations[operation];
    return found === undefined || found.count === 0 ? [] : [{ label: result.label, operation: found }];
  });
  if (rows.length === 0) return '';
  const longestMs = Math.max(...rows.map((row) => row.operation.serviceMs.mean));
  const used = usedPhases(rows.map((row) => row.operation));
  const keys = used.map((phase) => `<span><i class="key" style="background:${colors[phase]}"></i>${phase}</span>`);
  const bars = rows.map(
    (row) =>
      `<b>${escaped(row.label)}</b>${bar(row.operation, longestMs)}<span>${escaped(tellMs(row.operation.serviceMs.mean))}</span>`,
  );
  return `<p class="keys">${keys.join(' ')}</p><div class="bars">${bars.join('\n')}</div>${folded('As a table', phaseTable(rows, used))}`;
}

function bar(operation: OperationResult, longestMs: number): Markup {
  const spoken = phases
    .filter((phase) => operation.phasesMs[phase].mean > 0)
    .map((phase) => `${phase} ${tellMs(operation.phasesMs[phase].mean)}`);
  const parts = phases
    .filter((phase) => operation.phasesMs[phase].mean > 0)
    .map((phase) => {
      const percent = longestMs === 0 ? 0 : (100 * operation.phasesMs[phase].mean) / longestMs;
      return `<i style="width:${percent.toFixed(2)}%;background:${colors[phase]}" title="${escaped(`${phase} ${tellMs(operation.phasesMs[phase].mean)}`)}"></i>`;
    });
  return `<div class="bar" role="img" aria-label="${escaped(spoken.join(', '))}">${parts.join('')}</div>`;
}

function phaseTable(rows: readonly { label: string; operation: OperationResult }[], used: readonly Phase[]): Markup {
  const figure = (ms: number) => ({ text: tellMs(ms), value: ms });
  return table(
    'Mean time in each phase; the phases add up to the service time.',
    ['strategy', ...used, 'service time'],
    rows.map(({ label, operation }) => [
      label,
      ...used.map((phase) => figure(operation.phasesMs[phase].mean)),
      figure(operation.serviceMs.mean),
    ]),
  );
}
