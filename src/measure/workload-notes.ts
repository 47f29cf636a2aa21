import type { WorkloadResult } from './result.js';

type Figures = Omit<WorkloadResult, 'notes'>;

/** What a reader should know of a workload's figures, in words: worked out again whenever figures are added up. */
export function notesOf(workload: string, figures: Figures): string[] {
  return Object.hasOwn(notes, workload) ? (notes[workload]?.(figures) ?? []) : [];
}

const notes: Record<string, (figures: Figures) => string[]> = { submit: submitNotes, forward: forwardNotes };

/** From this share of look-ups on that have to build a map again which was thrown away, the index does more harm than good. */
const thrashingFrom = 0.2;
const askedAtLeast = 20;

function submitNotes({ counts, gauges }: Figures): string[] {
  const { indexHits = 0, indexMisses = 0, indexRebuilds = 0 } = counts;
  const asked = indexHits + indexMisses;
  if (asked < askedAtLeast || indexRebuilds / asked < thrashingFrom) return [];
  const percent = (count: number): string => `${Math.round((100 * count) / asked)} %`;
  // Each server has an index of its own, and sees all accounts.
  const { indexCapacity = 0, indexes = 1 } = gauges;
  const maps = indexes > 1 ? `the ${indexCapacity / indexes} maps of each server` : `its ${indexCapacity} maps`;
  return [
    `the index thrashes: the hit rate has collapsed to ${percent(indexHits)} of ${asked} look-ups, and ${percent(indexRebuilds)} built a map anew that had been thrown away before; more accounts are active than ${maps}, so give it more (size=)`,
  ];
}

function forwardNotes({ counts }: Figures): string[] {
  // Earlier versions do not tell what the scale makes of the rows.
  const { rowsRecorded = 0, rowsScaled = rowsRecorded, chunksRetried = 0 } = counts;
  const percent = Number(((100 * rowsScaled) / Math.max(rowsRecorded, 1)).toPrecision(2));
  const advice = percent < 100 ? '; --payload-scale 1 makes all of them' : '';
  return [
    ...(rowsRecorded > 0 && percent !== 100
      ? [`miners were to answer with ${percent} % of the recorded rows${advice}`]
      : []),
    ...(chunksRetried > 0
      ? [
          `${chunksRetried === 1 ? '1 chunk was' : `${chunksRetried} chunks were`} asked again, with the full time-out: the worker that asked first had died`,
        ]
      : []),
  ];
}
