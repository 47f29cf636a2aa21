import type { MeasuredResult } from '../measure/result.js';
import { tellBytes, tellCount, tellNumber, tellShare } from './quantity.js';

/** What a strategy cost: a column of the table that every form of the report has. */
export interface CostColumn {
  head: string;
  tell: (result: MeasuredResult) => string;
  /** The figure behind the text, where rows are worth sorting by it. */
  value?: (result: MeasuredResult) => number;
}

/** Messages, connections and bytes are per operation. */
export const costColumns: readonly CostColumn[] = [
  {
    head: 'messages',
    tell: ({ calls }) => tellNumber(calls.messagesPerOperation),
    value: ({ calls }) => calls.messagesPerOperation,
  },
  {
    head: 'connections',
    tell: ({ calls }) => tellNumber(calls.connectionsPerOperation),
    value: ({ calls }) => calls.connectionsPerOperation,
  },
  { head: 'sent', tell: ({ calls }) => tellBytes(calls.bytesSentPerOperation) },
  { head: 'received', tell: ({ calls }) => tellBytes(calls.bytesReceivedPerOperation) },
  { head: 'locks made', tell: ({ locks }) => tellCount(locks.created) },
  { head: 'collisions', tell: ({ locks }) => tellShare(locks.collisions, locks.acquisitions) },
  {
    head: 'sections per worker',
    tell: ({ locks: { sectionsPerWorker } }) =>
      `${tellCount(sectionsPerWorker.min)}–${tellCount(sectionsPerWorker.max)}`,
  },
  { head: "workers' memory", tell: ({ memory }) => tellBytes(memory.workersRssBytes) },
  { head: "coordinators' memory", tell: ({ memory }) => tellBytes(memory.coordinatorsRssBytes) },
];
