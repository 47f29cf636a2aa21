import { plainTexts } from '../measure/plain-text.js';
import { conclusionOf } from './conclusion.js';
import { renderProfiles } from './coordinator-profile-text.js';
import { renderDetails, renderUnsafeExamples } from './details.js';
import { renderFaults } from './fault-table.js';
import type { Report } from './model.js';
import { renderPhases } from './phase-table.js';
import { renderSweep } from './sweep-curve.js';
import { renderSwitches } from './switch-table.js';
import { renderTable, type TextOptions } from './table.js';
import { wrapped } from './text-block.js';

/**
 * The report as a terminal shows it: table, phases, injected faults, an example of each broken promise, on request what stands behind it
 * all, and last the conclusion.
 * @param options `details`: with costs, coordinators, blame, long-held locks, all safety examples and noise
 */
export function renderText(told: Report, options: TextOptions & { details?: boolean }): string {
  const report = plainTexts(told);
  const parts = [
    renderTable(report, options),
    renderPhases(report, options),
    renderSwitches(report, options),
    renderSweep(report, options),
    renderFaults(report, options),
    renderProfiles(report, options),
    options.details === true ? renderDetails(report, options) : renderUnsafeExamples(report, options),
    `${wrapped(conclusionOf(report), options.width)}\n`,
  ];
  return parts.filter((part) => part !== '').join('\n');
}
