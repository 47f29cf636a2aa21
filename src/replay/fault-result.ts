import type { FaultResult } from '../measure/result.js';
import type { Injection } from './fault-injector.js';
import type { WorkerOutcome, WorkerProgress } from './messages.js';
import type { Findings } from './oracle.js';
import type { Plan } from './plan.js';

export interface AfterFaults {
  findings: Pick<Findings, 'firstEntriesNs'>;
  workers: readonly { outcome: WorkerOutcome | undefined; lastProgress: WorkerProgress | undefined }[];
  plan: Pick<Plan, 'openKinds' | 'openOperations' | 'capabilities'>;
  startNs: number;
}

/** What each injected fault did: until when nobody got in, and how many operations it cost. */
export function faultResults(injections: readonly Injection[], after: AfterFaults): FaultResult[] {
  const operationsLost = lostOperations(after);
  const locks = after.plan.capabilities.includes('locks');
  return injections.map((injection, index) => {
    const { fault, atNs, target, key } = injection;
    const entryNs = after.findings.firstEntriesNs[index];
    const recoveryMs = entryNs === undefined ? null : (entryNs - atNs) / 1e6;
    return {
      kind: fault.kind,
      requested: fault.text,
      atMs: (atNs - after.startNs) / 1e6,
      target,
      ...(key === undefined ? {} : { key }),
      recoveryMs,
      ...(locks ? {} : { withoutLocks: true }),
      operationsLost,
      text: tell(injection, locks ? entered(recoveryMs) : undefined),
    };
  });
}

function entered(recoveryMs: number | null): string {
  return recoveryMs === null
    ? 'nobody entered again before the end'
    : `the next one entered after ${recoveryMs.toFixed(1)} ms`;
}

/** @param next when somebody got in again, in words; undefined where there is nothing to get into */
function tell({ fault, target, key }: Injection, next: string | undefined): string {
  const elsewhere = next === undefined ? '' : `; elsewhere, ${next}`;
  switch (fault.kind) {
    case 'kill-holder':
      return key === undefined
        ? `${target} was told to die with a lock in its hands, but never held one`
        : `${target} was killed while it held ${key}; of that lock, ${next}`;
    case 'kill-worker':
      return `${target} was killed${elsewhere}`;
    case 'pause-worker':
      return `${target} was stopped for ${fault.pauseMs} ms${elsewhere}`;
    case 'kill-pool-worker':
      return `${target} was killed`;
    case 'restart-coordinator':
      return `${target} was killed and started again, empty${next === undefined ? '' : `; after that, ${next}`}`;
  }
}

/** Operations that were due and did not succeed, whatever the reason. */
function lostOperations({ workers, plan }: AfterFaults): number {
  const succeeded = workers.reduce((sum, { outcome, lastProgress }) => {
    if (outcome === undefined) return sum + (lastProgress?.finished ?? 0);
    const open = Object.entries(outcome.kinds).filter(([kind]) => plan.openKinds.has(kind));
    return sum + open.reduce((total, [, one]) => total + one.count - one.errors - one.timeouts - one.unfinished, 0);
  }, 0);
  return Math.max(plan.openOperations - succeeded, 0);
}
