import type { Step } from './operation.js';

/**
 * What starting and tearing down come to, on top of a time-out. Of a cycle more than its pool's own guards take one after another: three starts
 * of two minutes, a minute for a worker that hangs, and a minute for imports and ending them. Whoever gives up first tells why, and only the
 * pool knows.
 */
const allowanceMs = { step: 5_000, cycle: 480_000 };

/** How long operations of these steps may honestly be under way without anything happening, by the time-outs that they name; 0 for none. */
export function patienceMs(steps: readonly Step[]): number {
  return Math.max(0, ...steps.map(ofStep));
}

function ofStep(step: Step): number {
  if (step.do === 'each') return patienceMs(step.steps);
  if (step.do === 'forward') return step.timeoutMs + allowanceMs.cycle;
  if (step.do !== 'lock' && step.do !== 'submit' && step.do !== 'take') return 0;
  return step.timeoutMs === undefined ? 0 : step.timeoutMs + allowanceMs.step;
}
