import type { CallTree } from '../measure/call-tree.js';
import type { CoordinatorProfile } from '../measure/coordinator-profile.js';
import { type CpuProfileSummary, summariseTree } from '../measure/cpu-profile.js';
import type { ProcessProfile } from '../measure/profile.js';
import { restoreTree } from '../measure/stored-tree.js';
import { measuredResults, type Report } from './model.js';
import { tellBytes, tellNumber, tellPercent } from './quantity.js';

/** One coordinator of one strategy, over all rounds in which it was profiled. */
export interface ProfiledCoordinator {
  /** Strategy and coordinator. */
  name: string;
  /** As it was in the round in which it was busiest; absent when it was never seen. */
  process: ProcessProfile | undefined;
  /** Where its CPU time went, all rounds together. */
  cpu: { summary: CpuProfileSummary; tree: CallTree } | undefined;
  /** What could not be had, in words, each once. */
  faults: string[];
}

/** The coordinators that were profiled, in the order of the report. */
export function profiledCoordinators(report: Report): ProfiledCoordinator[] {
  return measuredResults(report).flatMap(({ label, profiles = [] }) => {
    const names = [...new Set(profiles.map(({ coordinator }) => coordinator))];
    return names.map((name) =>
      overRounds(
        `${label} ${name}`,
        profiles.filter(({ coordinator }) => coordinator === name),
      ),
    );
  });
}

function overRounds(name: string, rounds: readonly CoordinatorProfile[]): ProfiledCoordinator {
  const processes = rounds.flatMap(({ process }) => process ?? []);
  const taken = rounds.flatMap(({ cpu }) => (cpu?.state === 'taken' ? [cpu] : []));
  const reasons = rounds.flatMap(({ reason, cpu }) => [
    ...(reason === undefined ? [] : [`it could not be watched: ${reason}`]),
    ...(cpu?.state === 'failed' && reason === undefined ? [`no CPU profile: ${cpu.reason}`] : []),
    ...(cpu?.state === 'taken' ? cpu.summary.notes : []),
  ]);
  return {
    name,
    process: processes.reduce<ProcessProfile | undefined>(
      (most, each) => (most === undefined || each.cpuPercent.mean > most.cpuPercent.mean ? each : most),
      undefined,
    ),
    cpu: merged(taken),
    faults: [...new Set(reasons)],
  };
}

/** What a process says of itself (event loop, heap) is that of its last round: it cannot be added up. */
function merged(taken: readonly { summary: CpuProfileSummary; tree: Parameters<typeof restoreTree>[0][number] }[]) {
  const last = taken.at(-1);
  if (last === undefined) return undefined;
  const tree = restoreTree(taken.map((each) => each.tree));
  const { source, node } = last.summary;
  return { tree, summary: { ...summariseTree(tree, source), ...(node === undefined ? {} : { node }) } };
}

export const profileColumns = [
  'coordinator',
  'CPU',
  'busiest thread',
  'run-queue wait',
  'memory',
  'growth',
  'threads',
  'connections',
  'switches/s',
  'verdict',
] as const;

/** A row for each coordinator that was seen; `–` stands for what could not be read. */
export function profileRows(coordinators: readonly ProfiledCoordinator[]): string[][] {
  return coordinators.flatMap(({ name, process }) => (process === undefined ? [] : [[name, ...figures(process)]]));
}

function figures(process: ProcessProfile): string[] {
  const { listeners, switchesPerSecond: switches, rssBytes } = process;
  const connections = listeners?.reduce((sum, listener) => sum + listener.connections, 0);
  return [
    tellPercent(process.cpuPercent.mean),
    `${tellPercent(process.busiestThreadPercent.mean)} ${process.busiestThread.name}`,
    process.runQueueWaitPercent === undefined ? '–' : tellPercent(process.runQueueWaitPercent.mean),
    tellBytes(rssBytes.max),
    `${rssBytes.last < rssBytes.first ? '−' : '+'}${tellBytes(Math.abs(rssBytes.last - rssBytes.first))}`,
    String(process.threads.max),
    connections === undefined ? '–' : String(connections),
    switches === undefined ? '–' : tellNumber(switches.voluntary + switches.involuntary),
    process.saturated ? `${process.verdict}, saturated` : process.verdict,
  ];
}

/** What to say of each, in words. */
export function profileStories(coordinators: readonly ProfiledCoordinator[]): { name: string; text: string }[] {
  return coordinators.map(({ name, process, faults }) => {
    const unreadable = process?.unreadable.map(({ what, why }) => `${what} not readable: ${why}`) ?? [];
    return { name, text: [...(process?.reasons ?? []), ...unreadable, ...faults].join('; ') };
  });
}
