import type { RunWarning, StrategyResult } from '../measure/result.js';
import { type HostState, hostState } from '../monitor/host.js';
import type { Plan, PlannedShard } from './plan.js';
import type { RoundSettings } from './round-settings.js';

/** A run so far: what was replayed, where, and what came out. */
export interface ReplayRun {
  trace: {
    name: string;
    sha256: string;
    operations: number;
    durationMs: number;
    skipped: number;
    primary: string;
    provenance: { kind: string };
  };
  startedAt: Date;
  host: HostState;
  /** How processes were placed on cores, in words. */
  placement: string;
  rounds: number;
  speed: number;
  shard: PlannedShard | undefined;
  startAtMs: number | undefined;
  /** Tells runs on joined coordinators from runs on others; undefined: each round had its own. */
  joined: string | undefined;
  /** Things a reader of the figures should know, in words. */
  notes: string[];
  warnings: RunWarning[];
  interrupted: boolean;
  results: StrategyResult[];
}

/** A run of which nothing has been measured yet. */
export function newRun({ rounds = 1 }: { rounds?: number }, plan: Plan, settings: RoundSettings): ReplayRun {
  const { header, summary } = plan;
  const notes: string[] = [];
  if (plan.dealtAnew) {
    notes.push(
      `operations were dealt anew by key to ${plan.workers.length} workers, instead of to the ${header.processes.length} recorded processes`,
    );
  }
  if (settings.closedConcurrency !== undefined) {
    notes.push(
      `closed loop with ${settings.closedConcurrency} in flight: response times count from the start, queueing before it is not seen`,
    );
  }
  if (settings.joined !== undefined) {
    const seen = settings.joined.coordinators.length > 0;
    notes.push(
      `coordinators were joined, not started for this run: ${seen ? 'their CPU may be that of others as well' : 'their CPU is not known here'}`,
    );
  }
  if (summary.skipped > 0)
    notes.push(`${summary.skipped} invalid lines were left out: ${summary.skippedExamples.join('; ')}`);
  return {
    trace: {
      name: header.name,
      sha256: summary.sha256,
      operations: summary.operations,
      durationMs: summary.durationMs,
      skipped: summary.skipped,
      primary: plan.primary,
      provenance: header.provenance,
    },
    startedAt: new Date(),
    host: hostState(),
    placement: settings.cores === undefined ? 'free (the kernel places processes)' : placementText(settings.cores),
    rounds,
    speed: settings.speed,
    shard: plan.shard,
    startAtMs: settings.startAtMs,
    joined: settings.joined?.fingerprint,
    notes,
    warnings: [],
    // Until its end, a run counts as interrupted: so does the report that a crash leaves behind.
    interrupted: true,
    results: [],
  };
}

function placementText({ coordinators, workers }: NonNullable<RoundSettings['cores']>): string {
  return `pinned: coordinators on core ${coordinators.join(', ')}, workers on core ${workers.join(', ')}`;
}
