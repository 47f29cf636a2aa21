/** Calls back at one absolute time after another. */
export interface Waker {
  /**
   * Wakes at this time; the one set before may be forgotten or wake as well.
   * @param absoluteNs of the machine's monotonic clock, above 0
   */
  set(absoluteNs: bigint): void;
  close(): Promise<void>;
}

/** Makes a waker that calls `wake` from the event loop. */
export type WakerSource = (wake: () => void) => Promise<Waker>;
