import type { Phase } from '../measure/result.js';
import type { Meter } from './strategy.js';

/** Does `work` in a phase and goes back to the phase that was left, however it ends. */
export async function during<T>(meter: Meter, phase: Phase, work: () => Promise<T>): Promise<T> {
  const left = meter.enter(phase);
  try {
    return await work();
  } finally {
    meter.enter(left);
  }
}
