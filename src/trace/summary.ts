import { type StepCapability, stepCapabilities } from './capability.js';
import type { OperationCheck } from './check/operation.js';
import type { TraceHeader } from './operation.js';

/** What a full pass over a trace found. */
export interface TraceSummary {
  /** Of the decompressed bytes, in hex: plain and gzip of one trace agree. */
  sha256: string;
  /** Of the decompressed trace. */
  bytes: number;
  operations: number;
  /** The larger of the header's duration and the last due time. */
  durationMs: number;
  lastDueMs: number;
  /** Operations per kind; without prototype, since a kind may be called anything. */
  kinds: Record<string, number>;
  /** Operations per process, those without any included. */
  processes: Record<string, number>;
  /** Kinds whose steps take a lock. */
  lockingKinds: string[];
  /** What a strategy has to be able to do to replay it. */
  capabilities: StepCapability[];
  /** Bad lines left out under `skipInvalid`. */
  skipped: number;
  /** The first few of them, as `file:line: what`. */
  skippedExamples: string[];
}

function counts(entries: Iterable<[string, { count: number }]>): Record<string, number> {
  const record: Record<string, number> = Object.create(null);
  for (const [name, { count }] of entries) record[name] = count;
  return record;
}

/** Draws the summary from what was checked. */
export function summarise(
  header: TraceHeader,
  check: OperationCheck,
  read: { sha256: string; bytes: number; skipped: number; skippedExamples: string[] },
): TraceSummary {
  return {
    ...read,
    operations: check.operations,
    durationMs: Math.max(header.durationMs ?? 0, check.lastDueMs),
    lastDueMs: check.lastDueMs,
    kinds: counts(check.kinds),
    processes: counts(check.processes),
    lockingKinds: [...check.kinds].filter(([, kind]) => kind.locks).map(([name]) => name),
    capabilities: stepCapabilities.filter((capability) => check.capabilities.has(capability)),
  };
}

/**
 * The operation that conditions and tables mean unless they say otherwise: the header's `primary`, else the most frequent that takes a
 * lock, else the most frequent. Undefined for a trace without operations.
 */
export function primaryOf(
  header: Pick<TraceHeader, 'primary'>,
  summary: Pick<TraceSummary, 'kinds' | 'lockingKinds'>,
): string | undefined {
  if (header.primary !== undefined) return header.primary;
  const kinds = summary.lockingKinds.length > 0 ? summary.lockingKinds : Object.keys(summary.kinds);
  const count = (kind: string): number => summary.kinds[kind] ?? 0;
  return kinds.reduce<string | undefined>(
    (best, kind) => (best === undefined || count(kind) > count(best) ? kind : best),
    undefined,
  );
}
