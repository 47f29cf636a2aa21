import { IpcbenchError } from '../errors.js';
import type { Step, TraceHeader, TraceOperation } from '../trace/operation.js';
import { openTrace } from '../trace/reader.js';
import { hashOf } from './evidence.js';
import { footprintOf } from './footprint.js';

/** `group`: processes that take a common lock stay in one shard; `process`: each process by itself, so that shards meet on locks. */
export const shardings = ['group', 'process'] as const;
export type Sharding = (typeof shardings)[number];

/** Which part of a trace to replay: `index` of `count`, from 1. */
export interface Shard {
  index: number;
  count: number;
  by: Sharding;
}

/**
 * Reads `2/8`.
 * @throws IpcbenchError `BAD_OPTION`
 */
export function parseShard(text: string, by: Sharding): Shard {
  const [, index = 0, count = 0] = (/^(\d{1,5})\/(\d{1,5})$/.exec(text) ?? []).map(Number);
  if (index >= 1 && index <= count && count >= 2) return { index, count, by };
  throw new IpcbenchError(
    'BAD_OPTION',
    `--shard ${text}: expected i/n with n of at least 2 and i from 1 to n, such as 2/8`,
  );
}

export interface SplitOptions {
  trace: string;
  skipInvalid: boolean;
  /** Whether an operation is replayed at all. */
  wanted(operation: TraceOperation): boolean;
}

/**
 * Reads the trace and says which processes a shard replays. Every copy comes to the same split: whole processes (so that loops, chains and
 * each process' order stay as recorded), in groups by the locks they have in common, the heaviest group first to the shard with the least
 * to do (Graham, "Bounds on multiprocessing timing anomalies", 1969).
 * @throws IpcbenchError `BAD_OPTION` where there is nothing for some shard, and what reading throws
 */
export async function processesOfShard(shard: Shard, options: SplitOptions): Promise<ReadonlySet<string>> {
  if (options.trace === '-') {
    throw new IpcbenchError('BAD_OPTION', '--shard reads the trace twice: give a file instead of standard input');
  }
  const groups = await groupsOf(shard, options);
  if (groups.length < shard.count) throw tooFew(shard, options.trace, groups.length);
  const shares = Array.from({ length: shard.count }, () => ({ operations: 0, processes: [] as string[] }));
  for (const { processes, operations } of groups) {
    const lightest = shares.reduce((least, share) => (share.operations < least.operations ? share : least));
    lightest.operations += operations;
    lightest.processes.push(...processes);
  }
  return new Set(shares[shard.index - 1]?.processes);
}

function tooFew({ count, by }: Shard, trace: string, found: number): IpcbenchError {
  const what =
    by === 'process'
      ? `only ${found} of its processes do anything`
      : found === 1
        ? 'all its processes take locks in common'
        : `its processes fall into only ${found} groups that take no lock in common`;
  const advice =
    by === 'process'
      ? `use --shard i/${found} at most`
      : 'split by process with --shard-by process (processes of several shards then meet on locks, and safety reads unchecked)';
  return new IpcbenchError(
    'BAD_OPTION',
    `--shard i/${count}: ${trace} cannot be split into ${count}: ${what}; ${advice}`,
  );
}

interface Group {
  processes: string[];
  operations: number;
}

/** The heaviest first; equals in the order of the header. */
async function groupsOf({ by }: Shard, options: SplitOptions): Promise<Group[]> {
  const trace = await openTrace(options.trace, { skipInvalid: options.skipInvalid });
  try {
    const grouping = new Grouping(trace.header, by);
    for await (const batch of trace.batches())
      for (const operation of batch) if (options.wanted(operation)) grouping.add(operation);
    return grouping.groups();
  } finally {
    await trace.close();
  }
}

/** Joins processes that take a common lock. Source: Galler & Fischer, "An improved equivalence algorithm", 1964 (union-find). */
class Grouping {
  readonly #header: TraceHeader;
  readonly #by: Sharding;
  readonly #parent = new Map<string, string>();
  readonly #operations = new Map<string, number>();
  /** The first process that took each lock. */
  readonly #takers = new Map<number, string>();
  readonly #lockers = new Set<string>();
  #unknownLocks = false;

  constructor(header: TraceHeader, by: Sharding) {
    this.#header = header;
    this.#by = by;
  }

  add(operation: TraceOperation): void {
    const { process } = operation;
    this.#operations.set(process, (this.#operations.get(process) ?? 0) + 1);
    if (this.#by === 'process') return;
    const { locks, unknownLocks } = footprintOf(stepsOf(operation, this.#header), operation.fields ?? {});
    if (locks.length > 0 || unknownLocks) this.#lockers.add(process);
    this.#unknownLocks ||= unknownLocks;
    for (const lock of locks) {
      const hash = hashOf(lock);
      const taker = this.#takers.get(hash);
      if (taker === undefined) this.#takers.set(hash, process);
      else this.#join(taker, process);
    }
  }

  groups(): Group[] {
    // A lock whose key only the run knows may be anyone's.
    const [first, ...others] = this.#unknownLocks ? this.#lockers : [];
    for (const other of others) this.#join(first ?? other, other);
    const groups = new Map<string, Group>();
    for (const { name } of this.#header.processes) {
      const operations = this.#operations.get(name);
      if (operations === undefined) continue;
      const root = this.#rootOf(name);
      const group = groups.get(root) ?? { processes: [], operations: 0 };
      groups.set(root, { processes: [...group.processes, name], operations: group.operations + operations });
    }
    return [...groups.values()].sort((a, b) => b.operations - a.operations);
  }

  #join(one: string, other: string): void {
    const [a, b] = [this.#rootOf(one), this.#rootOf(other)];
    if (a !== b) this.#parent.set(b, a);
  }

  #rootOf(process: string): string {
    let root = process;
    for (let above = this.#parent.get(root); above !== undefined; above = this.#parent.get(root)) root = above;
    if (root !== process) this.#parent.set(process, root);
    return root;
  }
}

/** The steps of an operation: its own, or those of its template. */
export function stepsOf({ steps, use, op }: TraceOperation, { templates }: TraceHeader): readonly Step[] {
  return steps ?? templates?.[use ?? op] ?? [];
}
