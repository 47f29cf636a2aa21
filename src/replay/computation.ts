/** One unit of computing: integer work that no compiler can drop, since its result is returned. */
function computeUnits(units: number): number {
  let state = 0x9e3779b9;
  for (let unit = 0; unit < units; unit++) {
    for (let step = 0; step < 1000; step++) state = Math.imul(state ^ (state >>> 15), 0x85ebca6b) + step;
  }
  return state;
}

/**
 * How many units this machine computes in a millisecond: the best of several tries, since whatever disturbs one only makes it slower.
 * Measured once per run and given to all workers, so that every strategy is given the same work.
 */
export function calibrateComputation(nowMs: () => number = () => performance.now()): number {
  let best = 0;
  let units = 64;
  for (let trial = 0; trial < 12; trial++) {
    const startMs = nowMs();
    computeUnits(units);
    const tookMs = Math.max(nowMs() - startMs, 1e-6);
    best = Math.max(best, units / tookMs);
    if (tookMs < 1) units *= 2;
  }
  return best;
}

export function computation(unitsPerMs: number): (ms: number) => void {
  return (ms) => {
    computeUnits(Math.round(ms * unitsPerMs));
  };
}
