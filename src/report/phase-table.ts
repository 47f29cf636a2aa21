import { type OperationResult, type Phase, phases } from '../measure/result.js';
import { measuredResults, type Report } from './model.js';
import { painter, type Tone } from './paint.js';
import { tellMs } from './quantity.js';
import type { TextOptions } from './table.js';
import { columnsWithin, longestPart, wrapped, wrappedLabel } from './text-block.js';

/** Share of the service time that fits no phase above which the breakdown itself is at fault. */
const otherLimit = 0.05;
/** What it may take the replay itself to start and end an operation, on a processor that slept before it. */
const ownWorkMs = 0.1;
/** Columns of a label: fewer where many strategies stand beside each other. */
const labelWidths = { least: 14, most: 22 };

/** The phases in which any of the operations spent time, in the order in which they are declared. */
export function usedPhases(operations: readonly OperationResult[]): Phase[] {
  return phases.filter((phase) => operations.some((operation) => operation.phasesMs[phase].mean > 0));
}

/** Whether over 5 % of the service time fits no phase, which is a defect of the measurement. */
export function otherIsTooLarge(operation: OperationResult): boolean {
  return operation.phasesMs.other.mean > otherLimit * operation.serviceMs.mean;
}

/**
 * Where the time of an operation goes, a row a phase and a column a strategy: means over all operations of the kind, which add up to
 * the mean service time. Empty when nothing was measured.
 */
export function renderPhases(report: Report, options: TextOptions, operation = report.trace.primary): string {
  const results = measuredResults(report).flatMap((result) => {
    const found = result.operations[operation];
    return found === undefined || found.count === 0 ? [] : [{ label: result.label, operation: found }];
  });
  if (results.length === 0) return '';
  const paint = painter(options.color);
  const title = `Where the time of ${operation} goes (means; the phases add up to the service time, and dispatch lag comes on top of it in the response time):`;
  const notes = tellOther(results).map(({ tone, text }) => paint(tone, wrapped(text, options.width)));
  return `${[wrapped(title, options.width), table(results, options.width), ...notes].join('\n\n')}\n`;
}

function tellOther(results: readonly { label: string; operation: OperationResult }[]): { tone: Tone; text: string }[] {
  const large = results.filter(({ operation }) => otherIsTooLarge(operation));
  const isOwn = ({ operation }: { operation: OperationResult }): boolean => operation.phasesMs.other.mean < ownWorkMs;
  const named = (some: typeof large): string =>
    some.map(({ label, operation }) => `${label} (${tellMs(operation.phasesMs.other.mean)})`).join(', ');
  const [own, faulty] = [large.filter(isOwn), large.filter((result) => !isOwn(result))];
  const notes: { tone: Tone; text: string }[] = [];
  if (faulty.length > 0)
    notes.push({
      tone: 'bad',
      text: `other is over 5 % on ${named(faulty)}: the phases of that strategy are incomplete`,
    });
  if (own.length > 0)
    notes.push({
      tone: 'faint',
      text: `other is over 5 % on ${named(own)}: operations this short show what the replay itself does to start and end one`,
    });
  return notes;
}

function table(results: readonly { label: string; operation: OperationResult }[], width: number): string {
  const each = Math.floor((width - labelWidths.least) / results.length) - 2;
  const parts = results.map(({ label }) => longestPart(label));
  const labelWidth = Math.min(Math.max(each, labelWidths.least, ...parts), labelWidths.most);
  const operations = results.map((result) => result.operation);
  const row = (name: string, value: (operation: OperationResult) => number): string[] => [
    name,
    ...operations.map((operation) => tellMs(value(operation))),
  ];
  const isHeld = operations.some(({ holdMs }) => holdMs.mean > 0);
  return columnsWithin(
    width,
    ['phase', ...results.map((result) => wrappedLabel(result.label, labelWidth))],
    [
      ...usedPhases(operations).map((phase) => row(phase, (operation) => operation.phasesMs[phase].mean)),
      row('service time', (operation) => operation.serviceMs.mean),
      row('dispatch lag', (operation) => operation.dispatchLagMs.mean),
      ...(isHeld ? [row('held', (operation) => operation.holdMs.mean)] : []),
    ],
  );
}
