import type { Miner, Row } from './cycle.js';
import type { RowForm } from './miner-rows.js';

/** What a pool and its worker processes say to each other. */

/** How a chunk is handed back: an object with all fields of a model for each miner, or a plain tuple. */
export type ResultForm = 'rebuild' | 'tuple';

/** Some neighbouring miners of a cycle, to be asked by one worker. */
export interface GatherTask {
  timeoutMs: number;
  seed: number;
  /** Place of the first of `miners` in the cycle. */
  first: number;
  miners: readonly Miner[];
  rows: RowForm;
  result: ResultForm;
}

export type ToPoolWorker =
  | { kind: 'start'; importMs: number; moduleGraph: string }
  | { kind: 'gather'; id: number; task: GatherTask };

/** What one worker gathered. Times are milliseconds of the machine's monotonic clock. */
export interface GatheredChunk {
  /** When its last miner had answered or was cut. */
  gatheredAtMs: number;
  /** `WireModel[]` or `WireTuple[]` in V8's serialisation. */
  payload: Uint8Array;
}

export type FromPoolWorker =
  | { kind: 'ready' }
  /** All miners have answered or were cut: what follows is packing and handing back. */
  | { kind: 'collected'; id: number }
  | ({ kind: 'gathered'; id: number } & GatheredChunk)
  | { kind: 'failed'; id: number; message: string };

/** With `result=tuple`. */
export type WireTuple = [response: { miner: number; rows: Row[] } | undefined, tookMs: number];

/** With `result=rebuild`: the model's own fields beside the rows, as frameworks send them. */
export interface WireModel {
  name: string;
  version: number;
  miner: number;
  status: { code: number; message: string };
  headers: Record<string, string>;
  tookMs: number;
  rows: Row[] | null;
}
