import type { CpuProfileSummary } from './cpu-profile.js';
import type { ProcessProfile } from './profile.js';
import type { StoredTree } from './stored-tree.js';

/** What one coordinator did while a round was measured: what `ipcbench profile` tells of a process, and where its CPU time went. */
export interface CoordinatorProfile {
  /** Name of the coordinator. */
  coordinator: string;
  /** Counted from 1. */
  round: number;
  /** Absent when it could not be watched. */
  process?: ProcessProfile;
  /** Why it could not be. */
  reason?: string;
  /** Present where a CPU profile was asked for. */
  cpu?: CoordinatorCpu;
}

export type CoordinatorCpu =
  | { state: 'taken'; summary: CpuProfileSummary; tree: StoredTree }
  | { state: 'failed'; reason: string };
