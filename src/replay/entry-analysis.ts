import type { Commit, Read } from './evidence-reader.js';

/** Two writes that both stored version `n`: the later one knew nothing of the earlier one, whose update is lost. */
export interface LostUpdate {
  first: Commit;
  second: Commit;
  /** Whether the write that erased the first held no lock in common with it: then the trace guards too little, not the strategy. */
  underLocked: boolean;
}

/**
 * Writes of one entry that erased another: each stores what its client read plus one, so a version that was written twice is a loss.
 * @param reads of the same entry: they tell what each write was based on
 */
export function findLostUpdates(commits: readonly Commit[], reads: readonly Read[]): LostUpdate[] {
  const firsts = new Map<number, Commit>();
  const pairs: [first: Commit, second: Commit][] = [];
  for (const commit of [...commits].sort((a, b) => a.endNs - b.endNs)) {
    const first = firsts.get(commit.n);
    if (first === undefined) firsts.set(commit.n, commit);
    else pairs.push([first, commit]);
  }
  if (pairs.length === 0) return [];
  const parentOf = ancestry(commits, reads);
  return pairs.map(([first, second]) => {
    const { locks } = eraserOf(first, second, parentOf);
    return { first, second, underLocked: !first.locks.some((lock) => locks.includes(lock)) };
  });
}

/** Old versions are put back within moments; longer lines of descent are not followed. */
const stepsAtMost = 1_000;

/**
 * Who erased `first`: the earliest of the writes that `second` builds on which may have come after `first` (of two calls that overlap, either
 * may have been served first). Someone under another lock may have put an older version back, on which a writer under the right lock went
 * on in good faith.
 */
function eraserOf(first: Commit, second: Commit, parentOf: (commit: Commit) => Commit | undefined): Commit {
  let eraser = second;
  for (let step = 0; step < stepsAtMost; step++) {
    const parent = parentOf(eraser);
    if (parent === undefined || parent.endNs <= first.startNs || parent.n >= eraser.n) break;
    eraser = parent;
  }
  return eraser;
}

/** The write whose version each write was based on: the last that its operation had read, or written itself, before it. */
function ancestry(commits: readonly Commit[], reads: readonly Read[]): (commit: Commit) => Commit | undefined {
  const byMark = new Map(commits.map((commit) => [commit.mark, commit]));
  const known = new Map<number, { atNs: number; mark: number }[]>();
  const add = (operation: number, atNs: number, mark: number): void => {
    const list = known.get(operation) ?? [];
    known.set(operation, list);
    list.push({ atNs, mark });
  };
  for (const { operation, endNs, by } of reads) add(operation, endNs, by);
  for (const { operation, endNs, mark } of commits) add(operation, endNs, mark);
  return ({ operation, startNs }) => {
    let last: { atNs: number; mark: number } | undefined;
    for (const one of known.get(operation) ?? []) {
      if (one.atNs <= startNs && (last === undefined || one.atNs > last.atNs)) last = one;
    }
    return last === undefined ? undefined : byMark.get(last.mark);
  };
}

/** A read that saw a version which a later write had replaced before the read began. */
export interface StaleRead {
  read: Read;
  newer: Commit;
  /** How long before the read began the newer version had been written, nanoseconds. */
  ageNs: number;
}

/**
 * Reads of one entry that saw a version although a write that began after that version was complete had itself completed more than
 * `allowedNs` before the read began: no order of these calls explains it, so it is no linearizable register (Herlihy & Wing,
 * "Linearizability", 1990).
 */
export function findStaleReads(reads: readonly Read[], commits: readonly Commit[], allowedNs: number): StaleRead[] {
  if (commits.length === 0 || reads.length === 0) return [];
  const byMark = new Map(commits.map((commit) => [commit.mark, commit]));
  const byEnd = [...commits].sort((a, b) => a.endNs - b.endNs);
  const latestStarted: Commit[] = [];
  for (const commit of byEnd) {
    const before = latestStarted.at(-1);
    latestStarted.push(before !== undefined && before.startNs > commit.startNs ? before : commit);
  }
  const stale: StaleRead[] = [];
  for (const read of reads) {
    const seen = byMark.get(read.by);
    // A version whose writer never got to write it down (a failed call, a killed worker) proves nothing.
    if (seen === undefined && read.by !== 0) continue;
    const newer = latestStarted[countEndedBefore(byEnd, read.startNs - allowedNs) - 1];
    if (newer === undefined || newer.startNs <= (seen?.endNs ?? Number.NEGATIVE_INFINITY)) continue;
    stale.push({ read, newer, ageNs: read.startNs - newer.endNs });
  }
  return stale;
}

function countEndedBefore(byEnd: readonly Commit[], timeNs: number): number {
  let [low, high] = [0, byEnd.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((byEnd[middle]?.endNs ?? 0) < timeNs) low = middle + 1;
    else high = middle;
  }
  return low;
}
