/**
 * Absolute schedules, as pure functions: an operation is due at the part's start plus its trace time divided by the speed, whatever
 * happened before. (Sleeping from gap to gap would add up every lateness.)
 */
export interface SchedulePart {
  /** When the part starts, nanoseconds since the clock's origin. */
  startNs: number;
  /** Trace time at which it starts, milliseconds. */
  fromMs: number;
}

/** When an operation recorded at `atMs` of the trace is due, in nanoseconds since the clock's origin. */
export function dueNs(part: SchedulePart, atMs: number, speed: number): number {
  return part.startNs + ((atMs - part.fromMs) / speed) * 1e6;
}

/** A recorded pause, in nanoseconds at this speed. */
export function pauseNs(pauseMs: number, speed: number): number {
  return (pauseMs / speed) * 1e6;
}

/**
 * In which order strategies run in a round, so that none always runs first or after the same one: rounds rotate the order, and every
 * second round turns it round (a balanced design for drift: Williams, "Experimental designs balanced for the estimation of residual
 * effects of treatments", 1949, simplified).
 */
export function orderOfRound<T>(items: readonly T[], round: number): T[] {
  const turned = round % 2 === 1 ? [...items].reverse() : [...items];
  const shift = items.length === 0 ? 0 : Math.floor(round / 2) % items.length;
  return [...turned.slice(shift), ...turned.slice(0, shift)];
}
