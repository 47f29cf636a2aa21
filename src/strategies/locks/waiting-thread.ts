/**
 * What a thread that calls native code is doing. It must be ended, by `terminate` or by the end of the process, only while it is
 * `idle`: a native call that is cut off, or a native module that is cut off while it loads, takes the whole process down.
 */
export const threadStates = { starting: 0, idle: 1, inCall: 2 } as const;

/** For a process that is exiting: how long it waits for its threads to become idle, before it goes all the same. */
export const EXIT_PATIENCE_MS = 10_000;

/** Enough for a loop of a few calls; without a limit each thread would reserve what a whole program may need. */
export const threadLimits = {
  maxOldGenerationSizeMb: 16,
  maxYoungGenerationSizeMb: 1,
  codeRangeSizeMb: 1,
  stackSizeMb: 1,
} as const;
