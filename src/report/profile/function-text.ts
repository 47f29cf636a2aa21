import type { CpuProfileSummary, FunctionShare, NodeReadings } from '../../measure/cpu-profile.js';
import { countOf, tellBytes, tellMs, tellNumber, tellPercent } from '../quantity.js';
import { columns } from '../text-block.js';

/** The functions that took most of the CPU time, as a table. */
export function functionText(summary: CpuProfileSummary, most = 15): string {
  const busy = summary.unit === 'ms' ? tellMs(summary.busy) : `${tellNumber(summary.busy)} samples`;
  const rows = summary.functions
    .slice(0, most)
    .map((each) => [
      tellPercent(each.selfPercent).padStart(6),
      tellPercent(each.totalPercent).padStart(6),
      each.name,
      placeOf(each),
    ]);
  return [
    `CPU profile (${summary.source}): ${busy} outside idling`,
    columns(['  self', ' total', 'function', 'where'], rows, 4),
    ...(summary.node === undefined ? [] : nodeLines(summary.node)),
    ...summary.notes.map((note) => `Note: ${note}.`),
    '',
  ].join('\n');
}

/** `file:line`, the file without the folders before its last two. */
export function placeOf({ file, line }: Pick<FunctionShare, 'file' | 'line'>): string {
  if (file === undefined) return '';
  const short = file
    .replace(/^file:\/\//, '')
    .split('/')
    .slice(-3)
    .join('/');
  return line === undefined ? short : `${short}:${line}`;
}

/** What a Node process says of itself. */
export function nodeLines({ eventLoopUtilization, eventLoopDelayMs, gc, heap }: NodeReadings): string[] {
  return [
    `event loop: busy ${tellPercent(100 * eventLoopUtilization)} of the time, late by ${tellMs(eventLoopDelayMs.mean)} on average, p99 ${tellMs(eventLoopDelayMs.p99)}, at most ${tellMs(eventLoopDelayMs.max)}`,
    `garbage collection: ${countOf(gc.count, 'pause')}, ${tellMs(gc.totalMs)} in all, the longest ${tellMs(gc.maxMs)}`,
    `heap: ${tellBytes(heap.usedBytes)} used of ${tellBytes(heap.totalBytes)}, ${tellBytes(heap.externalBytes)} outside it`,
  ];
}
