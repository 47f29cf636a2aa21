import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { hashOf, namesFile, partitionFile, recordLength, recordTypes, typeScale } from './evidence.js';

/** A critical section as its holder saw it; times in nanoseconds of the run's clock. */
export interface Section {
  worker: number;
  kind: number;
  operation: number;
  askNs: number;
  entryNs: number;
  exitNs: number;
  /** Hash of the lock's key. */
  key: number;
}

/** A wait for a lock that ended without it. */
export interface FailedWait {
  worker: number;
  kind: number;
  operation: number;
  askNs: number;
  endNs: number;
}

/** A write of a version: number `n` of its entry, made by the write with this mark, under these locks (hashes of their keys). */
export interface Commit {
  worker: number;
  kind: number;
  operation: number;
  mark: number;
  startNs: number;
  endNs: number;
  n: number;
  locks: number[];
}

/** A read that saw version `n`, made by the write marked `by` (0: the initial version). */
export interface Read {
  worker: number;
  kind: number;
  operation: number;
  startNs: number;
  endNs: number;
  by: number;
  n: number;
}

/** Everything that was written down about one key, entry or guard. */
export interface KeyEvidence {
  key: number;
  /** Sections of this lock, and whether its holds were written down under a guard that it shares. */
  sections: Section[];
  guarded: boolean;
  /** Sections of all keys that share this guard. */
  guardSections: Section[];
  failedWaits: FailedWait[];
  commits: Commit[];
  reads: Read[];
}

/** Records read at a time: 512 KiB, so that nothing but what is found is kept in memory. */
const recordsPerChunk = 8_192;

/** Reads one partition of all workers, by key. */
export function readPartition(directory: string, workers: number, partition: number): Map<number, KeyEvidence> {
  const found = new Map<number, KeyEvidence>();
  const chunk = new Float64Array(recordsPerChunk * recordLength);
  for (let worker = 0; worker < workers; worker++) {
    readRecords(partitionFile(directory, worker, partition), chunk, (at) => addRecord(found, worker, chunk, at));
  }
  return found;
}

/** Names by their hash, as the workers knew them. */
export function readNames(directory: string, workers: number): Map<number, string> {
  const names = new Map<number, string>();
  for (let worker = 0; worker < workers; worker++) {
    for (const line of readOrEmpty(namesFile(directory, worker)).toString('utf8').split('\n')) {
      // The last line of a killed worker may be cut.
      if (!line.endsWith('"')) continue;
      const name = JSON.parse(line) as string;
      names.set(hashOf(name), name);
    }
  }
  return names;
}

/** @param at where the record begins in `records` */
function addRecord(found: Map<number, KeyEvidence>, worker: number, records: Float64Array, at: number): void {
  const column = (index: number): number => records[at + index] ?? 0;
  const [head, key, a, b, c, d, e, f] = [
    column(0),
    column(1),
    column(2),
    column(3),
    column(4),
    column(5),
    column(6),
    column(7),
  ];
  const [type, kind] = [head % typeScale, Math.floor(head / typeScale)];
  const evidence = evidenceOf(found, key);
  switch (type) {
    case recordTypes.section:
      evidence.sections.push({ worker, kind, operation: a, askNs: b, entryNs: c, exitNs: d, key });
      if (e === 1) evidence.guarded = true;
      break;
    case recordTypes.guardSection:
      evidence.guardSections.push({ worker, kind, operation: a, askNs: b, entryNs: c, exitNs: d, key: e });
      break;
    case recordTypes.failedWait:
      evidence.failedWaits.push({ worker, kind, operation: a, askNs: b, endNs: c });
      break;
    case recordTypes.read:
      evidence.reads.push({ worker, kind, operation: a, startNs: b, endNs: c, by: d, n: e });
      break;
    case recordTypes.commit: {
      const locks = f === 0 ? [] : [f];
      evidence.commits.push({ worker, kind, operation: e, mark: a, startNs: b, endNs: c, n: d, locks });
      break;
    }
    case recordTypes.commitLocks: {
      // Written right behind its commit, which holds the first lock.
      const commit = evidence.commits.at(-1);
      if (commit?.mark === a) commit.locks.push(...[b, c, d, e, f].filter((hash) => hash !== 0));
      break;
    }
    default:
  }
}

function evidenceOf(found: Map<number, KeyEvidence>, key: number): KeyEvidence {
  const known = found.get(key);
  if (known !== undefined) return known;
  const made = { key, sections: [], guarded: false, guardSections: [], failedWaits: [], commits: [], reads: [] };
  found.set(key, made);
  return made;
}

/** Calls `onRecord` with where each whole record of a file begins in `chunk`; a worker that died early left no file, or a cut record. */
function readRecords(path: string, chunk: Float64Array, onRecord: (at: number) => void): void {
  const file = openOrNone(path);
  if (file === undefined) return;
  try {
    for (let position = 0; ; ) {
      const bytes = readSync(file, chunk, 0, chunk.byteLength, position);
      const records = Math.floor(bytes / (recordLength * Float64Array.BYTES_PER_ELEMENT));
      if (records === 0) return;
      for (let record = 0; record < records; record++) onRecord(record * recordLength);
      position += records * recordLength * Float64Array.BYTES_PER_ELEMENT;
    }
  } finally {
    closeSync(file);
  }
}

function openOrNone(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}

function readOrEmpty(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}
