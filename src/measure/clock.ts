/**
 * The machine's monotonic clock (CLOCK_MONOTONIC, clock_gettime(2)), which all processes of a host share.
 * Absolute readings are kept as `bigint`; readings since a common origin fit a `number` of nanoseconds for 104 days.
 */
export interface Clock {
  /** Nanoseconds since the clock's origin. */
  nowNs(): number;
  /** The origin itself, in absolute monotonic nanoseconds. */
  readonly originNs: bigint;
}

/**
 * The longest time that a timer of Node can hold, in milliseconds; with a longer one it fires at once:
 * https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
 */
export const longestTimerMs = 2 ** 31 - 1;

/** An absolute reading, in nanoseconds. */
export function monotonicNs(): bigint {
  return process.hrtime.bigint();
}

/** A clock that counts from `originNs`, which may lie in the future: readings before it are negative. */
export function clockFrom(originNs: bigint): Clock {
  return { originNs, nowNs: () => Number(process.hrtime.bigint() - originNs) };
}
