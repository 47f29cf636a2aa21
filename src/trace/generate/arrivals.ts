import type { Random } from './random.js';

export interface ArrivalPlan {
  perSecond: number;
  durationMs: number;
  /** Mean number of arrivals in a burst; 1: none come in bursts. */
  burstSize: number;
  /** Mean time between the arrivals of a burst. */
  burstGapMs: number;
}

export interface Arrival {
  atMs: number;
  /** Number of the burst it belongs to. */
  burst: number;
}

/**
 * Arrival times in order: bursts start as a Poisson process, their sizes are geometric. Lazy, in memory bounded by the bursts that
 * overlap.
 */
export function* arrivals(plan: ArrivalPlan, random: Random): Generator<Arrival> {
  if (plan.perSecond <= 0) return;
  const meanGapMs = (1000 / plan.perSecond) * plan.burstSize;
  const pending: Arrival[] = [];
  let burst = 0;
  for (
    let startMs = random.exponential(meanGapMs);
    startMs < plan.durationMs;
    startMs += random.exponential(meanGapMs)
  ) {
    while (pending.length > 0 && (pending[0]?.atMs ?? 0) <= startMs) yield pending.shift() as Arrival;
    for (let atMs = startMs, more = true; more && atMs < plan.durationMs; atMs += random.exponential(plan.burstGapMs)) {
      insert(pending, { atMs, burst });
      more = random.uniform() < 1 - 1 / plan.burstSize;
    }
    burst++;
  }
  yield* pending;
}

function insert(sorted: Arrival[], arrival: Arrival): void {
  let place = sorted.length;
  while (place > 0 && (sorted[place - 1]?.atMs ?? 0) > arrival.atMs) place--;
  sorted.splice(place, 0, arrival);
}

/** Evenly spaced times, the first one that share of a period in. */
export function* every(periodMs: number, durationMs: number, firstShare: number): Generator<number> {
  if (periodMs <= 0) return;
  for (let atMs = periodMs * firstShare; atMs < durationMs; atMs += periodMs) yield atMs;
}

/** One time-ordered stream out of several; among equals the earlier stream comes first. */
export function* merged<T extends { at?: number }>(streams: readonly Iterator<T>[]): Generator<T> {
  const heads = streams.map((stream) => ({ stream, next: stream.next() })).filter(({ next }) => !next.done);
  while (heads.length > 0) {
    let first = 0;
    for (let index = 1; index < heads.length; index++)
      if ((heads[index]?.next.value.at ?? 0) < (heads[first]?.next.value.at ?? 0)) first = index;
    const head = heads[first];
    if (head === undefined) return;
    yield head.next.value;
    head.next = head.stream.next();
    if (head.next.done) heads.splice(first, 1);
  }
}

/** Tenths of a millisecond: enough for a due time, and short in a file. */
export function rounded(atMs: number): number {
  return Math.round(atMs * 10) / 10;
}
