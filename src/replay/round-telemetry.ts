import type { Monitor } from '../monitor/monitor.js';
import { type CoordinatorReading, openTelemetry } from '../telemetry/telemetry.js';
import type { CoordinatorProcess } from './coordinator-process.js';

/** What the main process tells OpenTelemetry of a round. */
export interface RoundTeller {
  /** Acquisitions of this round that found the lock held. */
  collisions(count: number): void;
  end(): void;
}

/** Tells what the coordinators of a round use; does nothing where no SDK is registered. */
export function tellRound(label: string, monitor: Monitor, coordinators: readonly CoordinatorProcess[]): RoundTeller {
  const telemetry = openTelemetry();
  if (telemetry === undefined) return { collisions: () => {}, end: () => {} };
  return {
    collisions: (count) => telemetry.collisions(label, count),
    end: telemetry.observeCoordinators(() => readingsOf(label, monitor, coordinators)),
  };
}

/** Of each coordinator, the latest window of its monitor. */
function readingsOf(
  strategy: string,
  monitor: Monitor,
  coordinators: readonly CoordinatorProcess[],
): CoordinatorReading[] {
  const series = monitor.series();
  return coordinators.flatMap(({ plan: { name }, sampledPid: pid }) => {
    const last = series.findLast((point) => point.name === name);
    if (pid === undefined || last === undefined) return [];
    return [{ strategy, name, pid, cpuPercent: last.cpuPercent, rssBytes: last.rssBytes }];
  });
}
