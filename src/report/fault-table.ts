import type { FaultResult } from '../measure/result.js';
import { measuredResults, type Report } from './model.js';
import { tellCount, tellMs } from './quantity.js';
import type { TextOptions } from './table.js';
import { columns, wrapped } from './text-block.js';

export const faultColumns = ['strategy', 'fault', 'entered again after', 'operations lost', 'safety'] as const;

/** A row for each fault that was injected: on what, how soon somebody got in again, and what it cost. */
export function faultRows(report: Report): { cells: string[]; story: string }[] {
  return measuredResults(report).flatMap((result) =>
    result.faults.map((fault) => ({
      cells: [
        result.label,
        fault.requested,
        recoveryText(fault),
        tellCount(fault.operationsLost),
        result.safety.verdict,
      ],
      story: `${result.label}: ${fault.text}`,
    })),
  );
}

function recoveryText({ recoveryMs, withoutLocks }: FaultResult): string {
  if (withoutLocks === true) return '–';
  return recoveryMs === null ? 'never' : tellMs(recoveryMs);
}

/** What was made to go wrong on each strategy, how soon somebody got in again, and what it cost. Empty where nothing was. */
export function renderFaults(report: Report, options: TextOptions): string {
  const rows = faultRows(report);
  if (rows.length === 0) return '';
  const table = columns(
    faultColumns,
    rows.map((row) => row.cells),
  );
  const stories = rows.map((row) => wrapped(row.story, options.width));
  return `Faults:\n\n${table}\n\n${stories.join('\n')}\n`;
}
