import { isIpcbenchError } from '../../errors.js';
import { createKernelTimer } from '../../system/kernel-timer.js';
import { openLibc } from '../../system/libc.js';
import { startSleepingThread } from './sleeping-thread.js';
import type { WakerSource } from './waker.js';

/** A timer of the kernel where there is one, or else a thread that sleeps. */
export const openWaker: WakerSource = async (wake) => {
  try {
    return await kernelTimerWaker(wake);
  } catch (error) {
    if (!isIpcbenchError(error, 'UNAVAILABLE')) throw error;
    return sleepingThreadWaker(wake);
  }
};

/** @throws IpcbenchError `UNAVAILABLE` where there is no such timer */
export const kernelTimerWaker: WakerSource = async (wake) => {
  const timer = createKernelTimer(await openLibc(), wake);
  return { set: timer.set, close: async () => timer.close() };
};

export const sleepingThreadWaker: WakerSource = async (wake) => startSleepingThread(wake);
