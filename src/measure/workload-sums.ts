/** What is counted anew by whoever tells it, rather than the state of something that several may tell of. */
const added: ReadonlySet<string> = new Set(['workersLeft']);

/** Gauges of several rounds or shards as one: the largest of each, and the sum of what each has of its own. */
export function joinedGauges(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const joined: Record<string, number> = {};
  for (const [name, value] of all.flatMap((one) => Object.entries(one))) {
    const known = joined[name] ?? 0;
    joined[name] = added.has(name) ? known + value : Math.max(known, value);
  }
  return joined;
}

/** Counts of several workers, rounds or shards as one. */
export function addedCounts(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, by] of all.flatMap((one) => Object.entries(one))) sums[name] = (sums[name] ?? 0) + by;
  return sums;
}
