import type { TraceProcess } from '../operation.js';
import type { TraceSummary } from '../summary.js';
import { addCost, emptyCost, type OperationCost } from './step-cost.js';

/** What a trace asks of the machine per second, estimated for one shared coordinator that nobody else delays. */
export interface Demand {
  /** Operations in flight on average from their waits and computing alone: Little's law. */
  concurrency: number;
  /** Cores kept busy by the trace's own `cpu` steps. */
  coresNeeded: number;
  callsPerSecond: number;
  locksPerSecond: number;
  bytesPerSecond: number;
  /** Percent of one core that a shared coordinator would compute, fresh lock proxies and whole values included. */
  coordinatorPercent: number;
}

export interface HotKey {
  key: string;
  count: number;
  /** Of all lockings by operations with a due time or a chain. */
  share: number;
  /** Sum of its minimum hold times over the duration. */
  utilisation: number;
}

export interface LoadVerdict {
  bound: 'hot-key' | 'coordinator' | 'both' | 'neither';
  sentence: string;
}

/** A loop goes round as often as its pauses, its own time, its calls and the messages it waits for leave time for. */
function roundsOf(
  { loop }: TraceProcess,
  operations: number,
  cost: OperationCost,
  { durationMs, puts }: { durationMs: number; puts: number },
): number {
  if (loop === undefined || operations === 0) return 1;
  // The client encodes and decodes what the coordinator decodes and encodes; an operation takes a tenth of a millisecond at least
  const roundMs = Math.max(
    operations * (loop.pauseMs + 0.1),
    operations * loop.pauseMs + cost.serviceMs + 2 * cost.coordinatorMs,
  );
  const rounds = Math.min(durationMs / roundMs, cost.takes === 0 ? Number.POSITIVE_INFINITY : puts / cost.takes);
  return loop.repeat === false ? Math.min(1, rounds) : rounds;
}

/** Adds up the processes' costs, each loop as often as it would go round. */
export function demandOf(
  processes: readonly TraceProcess[],
  summary: Pick<TraceSummary, 'processes' | 'durationMs'>,
  costs: ReadonlyMap<string, OperationCost>,
): Demand {
  const total = emptyCost();
  const durationMs = Math.max(1, summary.durationMs);
  // Those that wait for messages last: the others put them
  const waitingLast = [...processes].sort((a, b) => (costs.get(a.name)?.takes ?? 0) - (costs.get(b.name)?.takes ?? 0));
  for (const process of waitingLast) {
    const cost = costs.get(process.name);
    if (cost === undefined) continue;
    const operations = summary.processes[process.name] ?? 0;
    addCost(total, cost, roundsOf(process, operations, cost, { durationMs, puts: total.puts }));
  }
  const perSecond = (sum: number): number => (sum * 1000) / durationMs;
  return {
    concurrency: total.serviceMs / durationMs,
    coresNeeded: total.cpuMs / durationMs,
    callsPerSecond: perSecond(total.calls),
    locksPerSecond: perSecond(total.locks),
    bytesPerSecond: perSecond(total.bytes),
    coordinatorPercent: (total.coordinatorMs / durationMs) * 100,
  };
}

/** Above these an operation waits longer than it works: the waiting time in a queue is u/(1−u) of the service time (M/M/1). */
const keyBoundFrom = 0.5;
const coordinatorBoundFromPercent = 80;

/** Says what the trace is bound by. */
export function verdictOf(demand: Demand, hottest: HotKey | undefined): LoadVerdict {
  const key = hottest !== undefined && hottest.utilisation >= keyBoundFrom;
  const coordinator = demand.coordinatorPercent >= coordinatorBoundFromPercent;
  const percent = Math.round(demand.coordinatorPercent);
  const shared = `one shared coordinator would need about ${percent} % of a core (${Math.round(demand.callsPerSecond)} calls, ${Math.round(demand.locksPerSecond)} locks and ${(demand.bytesPerSecond / 1e6).toFixed(1)} MB a second)`;
  const held =
    hottest === undefined
      ? 'no key is locked'
      : `the hottest key is held ${Math.round(hottest.utilisation * 100)} % of the time at least`;
  if (key && coordinator) return { bound: 'both', sentence: `Bound twice: ${held}, and ${shared}. Estimated.` };
  if (key)
    return {
      bound: 'hot-key',
      sentence: `Bound by one hot key: ${held}, which no strategy can shorten; ${shared}. Estimated.`,
    };
  if (coordinator)
    return {
      bound: 'coordinator',
      sentence: `Bound by the coordinator: ${shared}; ${held}. Strategies will differ. Estimated.`,
    };
  return { bound: 'neither', sentence: `Bound by neither: ${held}, and ${shared}. Estimated.` };
}
