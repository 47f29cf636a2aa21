import type { FailedWait, Section } from './evidence-reader.js';

/** Two sections that were inside at the same time. */
export interface Overlap {
  first: Section;
  second: Section;
}

/**
 * Sections that began while another of the same key was still inside, each with one that it met; pass sections of one key. A section is
 * from having the lock to asking for its release, so a correct strategy shows none.
 */
export function findOverlaps(sections: readonly Section[]): Overlap[] {
  const sorted = [...sections].sort((a, b) => a.entryNs - b.entryNs);
  const overlaps: Overlap[] = [];
  let longest: Section | undefined;
  for (const section of sorted) {
    if (longest !== undefined && section.entryNs < longest.exitNs && section.operation !== longest.operation) {
      overlaps.push({ first: longest, second: section });
    }
    if (longest === undefined || section.exitNs > longest.exitNs) longest = section;
  }
  return overlaps;
}

/** How many sections would have begun inside another had each been let in when it asked. */
export function countUnguardedOverlaps(sections: readonly Section[]): number {
  const unguarded = sections.map((section) => ({
    ...section,
    entryNs: section.askNs,
    exitNs: section.askNs + section.exitNs - section.entryNs,
  }));
  return findOverlaps(unguarded).length;
}

/** A wait, and what part of it each holder stood in the way; what is left nobody held: it went to coordinator and protocol. */
export interface WaitShare {
  waiter: { kind: number; key: number };
  waitNs: number;
  holders: { section: Section; ns: number }[];
}

/** No wait is blamed on more holders than this: a queue is served one by one, and the longest are the ones to see. */
const holdersAtMost = 64;

/** Splits each wait of one lock (or of one guard that several keys share) among those who held it meanwhile. */
export function shareWaits(sections: readonly Section[], failed: readonly FailedWait[], key: number): WaitShare[] {
  const byExit = [...sections].sort((a, b) => a.exitNs - b.exitNs);
  const exits = byExit.map((section) => section.exitNs);
  const waits = [
    ...sections.map((s) => ({ kind: s.kind, key: s.key, operation: s.operation, fromNs: s.askNs, toNs: s.entryNs })),
    ...failed.map((f) => ({ kind: f.kind, key, operation: f.operation, fromNs: f.askNs, toNs: f.endNs })),
  ];
  return waits.map(({ kind, key: waited, operation, fromNs, toNs }) => {
    const holders: WaitShare['holders'] = [];
    for (let index = firstAfter(exits, fromNs); index < byExit.length && holders.length < holdersAtMost; index++) {
      const section = byExit[index];
      if (section === undefined || section.operation === operation) continue;
      const ns = Math.min(section.exitNs, toNs) - Math.max(section.entryNs, fromNs);
      if (ns > 0) holders.push({ section, ns });
      // Holders leave one by one; once one leaves after this wait's end, none later can have been in the way before it.
      if (section.exitNs >= toNs) break;
    }
    return { waiter: { kind, key: waited }, waitNs: toNs - fromNs, holders };
  });
}

/** Index of the first element greater than `value` in a sorted list. */
function firstAfter(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
