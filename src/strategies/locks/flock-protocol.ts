/** What the main thread and a waiting thread say to each other. */
export interface FlockThreadData {
  /** Shared: see {@link STATE} and {@link CANCELLED}. */
  flags: Int32Array;
}

/** Index of what the thread is doing: one of `threadStates`. */
export const STATE = 0;
/** Index of the flag that is 1 when the thread should come back with nothing. */
export const CANCELLED = 1;

export type FlockThreadMessage =
  | { kind: 'ready'; thread: number }
  | { kind: 'taken' }
  | { kind: 'left' }
  | { kind: 'failed'; reason: string };
