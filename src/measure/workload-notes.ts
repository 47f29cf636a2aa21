import type { WorkloadResult } from './result.js';

type Figures = Omit<WorkloadResult, 'notes'>;

/** What a reader should know of a workload's figures, in words: worked out again whenever figures are added up. */
export function notesOf(workload: string, figures: Figures): string[] {
  return Object.hasOwn(notes, workload) ? (notes[workload]?.(figures) ?? []) : [];
}

const notes: Record<string, (figures: Figures) => string[]> = { submit: submitNotes };

/** Below this share of hits an index that has been asked often enough to fill is built anew most of the time. */
const thrashingBelow = 0.5;
const askedAtLeast = 20;

function submitNotes({ counts, gauges }: Figures): string[] {
  const { indexHits = 0, indexMisses = 0 } = counts;
  const asked = indexHits + indexMisses;
  const { indexEntries = 0, indexCapacity = 0 } = gauges;
  if (asked < askedAtLeast || indexHits / asked >= thrashingBelow) return [];
  const share = `${Math.round((100 * indexHits) / asked)} %`;
  if (indexCapacity === 0 || indexEntries < indexCapacity)
    return [
      `the index was asked ${asked} times and hit ${share}: it was mostly filling, so a longer trace would tell more`,
    ];
  return [
    `the index thrashes: all its ${indexCapacity} maps are in use and only ${share} of ${asked} look-ups hit, so most maps are built, used once and thrown away; give it more maps (size=) than there are active accounts`,
  ];
}
