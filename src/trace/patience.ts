import type { Step } from './operation.js';

/** What starting and tearing down come to, on top of a time-out: a lock or a submit, and a cycle, whose main process has its own work to do. */
const allowanceMs = { step: 5_000, cycle: 60_000 };

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
