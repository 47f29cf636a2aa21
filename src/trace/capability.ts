import type { Step } from './operation.js';

/** What a strategy has to be able to do. */
export const stepCapabilities = ['locks', 'state', 'submit', 'fan-out'] as const;
export type StepCapability = (typeof stepCapabilities)[number];

/** What steps ask of a strategy: the one place that says which step needs which capability. */
export function capabilitiesNeeded(steps: readonly Step[], into: Set<StepCapability> = new Set()): Set<StepCapability> {
  for (const step of steps) {
    const needed = capabilityOf(step);
    if (needed !== undefined) into.add(needed);
    if (step.do === 'each') capabilitiesNeeded(step.steps, into);
  }
  return into;
}

function capabilityOf(step: Step): StepCapability | undefined {
  switch (step.do) {
    case 'wait':
    case 'cpu':
      return undefined;
    case 'lock':
    case 'unlock':
      return 'locks';
    case 'submit':
      return 'submit';
    case 'forward':
      return 'fan-out';
    case 'each':
      return step.in === undefined ? undefined : 'state';
    default:
      return 'state';
  }
}
