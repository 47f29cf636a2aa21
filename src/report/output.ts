import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { IpcbenchError, messageOf } from '../errors.js';
import { intervalLog, percentileFiles } from './hdr.js';
import { renderHtml } from './html.js';
import { renderMarkdown } from './markdown.js';
import type { Report } from './model.js';
import { proveWritable, reportText, writeReport, writeWhole } from './store.js';
import type { TextOptions } from './table.js';
import { renderText } from './text.js';

/** Where a report goes beside standard output. */
export interface Outputs {
  report?: string;
  html?: string;
  markdown?: string;
  hlog?: string;
  /** A folder. */
  hgrm?: string;
}

export const formats = ['table', 'json', 'markdown'] as const;
export type Format = (typeof formats)[number];

/**
 * Checks, before anything is measured, that every output can be written, and makes the folder of `hgrm`.
 * @throws IpcbenchError `FILE`
 */
export function proveOutputs(outputs: Outputs): void {
  for (const path of [outputs.report, outputs.html, outputs.markdown, outputs.hlog])
    if (path !== undefined) proveWritable(path);
  if (outputs.hgrm === undefined) return;
  try {
    mkdirSync(outputs.hgrm, { recursive: true });
  } catch (error) {
    throw new IpcbenchError('FILE', `cannot make the folder ${outputs.hgrm}: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Writes a report to every output asked for.
 * @throws IpcbenchError `FILE`
 */
export function writeOutputs(report: Report, outputs: Outputs): void {
  if (outputs.report !== undefined) writeReport(outputs.report, report);
  if (outputs.html !== undefined) writeWhole(outputs.html, renderHtml(report));
  if (outputs.markdown !== undefined) writeWhole(outputs.markdown, renderMarkdown(report));
  if (outputs.hlog !== undefined) writeWhole(outputs.hlog, intervalLog(report));
  if (outputs.hgrm !== undefined)
    for (const file of percentileFiles(report)) writeWhole(join(outputs.hgrm, file.name), file.text);
}

/** The report as standard output gets it. */
export function render(report: Report, format: Format, options: TextOptions & { details?: boolean }): string {
  if (format === 'json') return `${reportText(report)}\n`;
  if (format === 'markdown') return renderMarkdown(report);
  return renderText(report, options);
}

/** How a terminal is written to: in colour where it is one and NO_COLOR is not set (https://no-color.org), 140 columns where it is none. */
export function terminalOptions(
  stdout: { isTTY?: boolean; columns?: number },
  env: Readonly<Record<string, string | undefined>>,
): TextOptions {
  const color = stdout.isTTY === true && (env.NO_COLOR === undefined || env.NO_COLOR === '') && env.TERM !== 'dumb';
  return { color, width: stdout.columns ?? 140 };
}
