import { IpcbenchError, isIpcbenchError } from '../../errors.js';
import { createKernelTimer } from '../../system/kernel-timer.js';
import { openLibc } from '../../system/libc.js';
import { startSleepingThread } from './sleeping-thread.js';
import type { WakerSource } from './waker.js';

/** A timer that has not rung by now never will: its signal is blocked, or whoever plays the kernel does not send it. */
const firstRingWithinMs = 1_000;

/** A timer of the kernel where there is one, or else a thread that sleeps. */
export const openWaker: WakerSource = async (wake) => {
  try {
    return await kernelTimerWaker(wake);
  } catch (error) {
    if (!isIpcbenchError(error, 'UNAVAILABLE')) throw error;
    return sleepingThreadWaker(wake);
  }
};

/** @throws IpcbenchError `UNAVAILABLE` where there is no such timer, or it does not ring */
export const kernelTimerWaker: WakerSource = async (wake) => {
  const libc = await openLibc();
  let onRing = (): void => {};
  const timer = createKernelTimer(libc, () => onRing());
  const rings = await new Promise<boolean>((resolve) => {
    const silence = setTimeout(() => resolve(false), firstRingWithinMs);
    onRing = () => {
      clearTimeout(silence);
      resolve(true);
    };
    timer.set(1n);
  });
  if (!rings) {
    timer.close();
    throw new IpcbenchError('UNAVAILABLE', 'a kernel timer was set and did not ring');
  }
  onRing = wake;
  return { set: timer.set, close: async () => timer.close() };
};

export const sleepingThreadWaker: WakerSource = async (wake) => startSleepingThread(wake);
