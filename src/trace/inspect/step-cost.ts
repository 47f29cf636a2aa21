import type { ForwardStep, Step, TraceOperation, TraceStructure } from '../operation.js';
import { fillAmount, fillText } from '../placeholder.js';

/** What values look like unless the structure says otherwise. */
const usualValue = { bytes: 200, shape: 'nested' } as const;

/**
 * Cost on a shared coordinator that holds everything, as measured with Node 20 on two virtual cores: a call, a lock fetched out of a
 * dict as a fresh proxy (connection, authentication, reference count), and the encoding or decoding of a byte of a value.
 */
const coordinatorMs = {
  call: 0.03,
  freshLock: 1.2,
  byte: { nested: 0.9 / 100_000, bytes: 0.17 / 2 / 100_000 },
} as const;

/** The least that an operation takes, and what it asks of a coordinator: an estimate before any replay. */
export interface OperationCost {
  /** Its timed waits and computing. */
  serviceMs: number;
  cpuMs: number;
  /** Coordinator calls, those of its locks included. */
  calls: number;
  locks: number;
  /** Bytes of values that cross. */
  bytes: number;
  /** Time that a shared coordinator computes for it. */
  coordinatorMs: number;
  /** Messages put into queues, and taken. */
  puts: number;
  takes: number;
}

export type PlainStep = Exclude<Step, { do: 'lock' | 'unlock' | 'each' }>;

export interface CostListener {
  /** A lock on these keys was held for at least this long. */
  held(keys: readonly string[], holdMs: number): void;
  /** A value of this size was written. */
  written(structure: string, bytes: number): void;
  /** A step that is no lock and holds no others is run; `item` is that of the `each` around it. */
  ran(step: PlainStep, item: string | undefined): void;
}

/** Adds up the cost of operations of one trace. */
export class CostMeter {
  readonly #structures: ReadonlyMap<string, TraceStructure>;
  readonly #listener: CostListener;
  #cost: OperationCost = emptyCost();
  #fields: Readonly<Record<string, string | number>> = {};

  constructor(structures: readonly TraceStructure[], listener: CostListener) {
    this.#structures = new Map(structures.map((structure) => [structure.name, structure]));
    this.#listener = listener;
  }

  /** What `operation` costs when it runs `steps`. */
  costOf(operation: TraceOperation, steps: readonly Step[]): OperationCost {
    this.#cost = emptyCost();
    this.#fields = operation.fields ?? {};
    this.#run(steps, undefined);
    return this.#cost;
  }

  #run(steps: readonly Step[], item: string | undefined): void {
    let keys: string[] = [];
    let lockedAtMs = 0;
    for (const step of steps) {
      if (step.do === 'lock') {
        const wanted = typeof step.key === 'string' ? [step.key] : step.key;
        keys = wanted.map((key) => fillText(key, this.#fields, item));
        lockedAtMs = this.#cost.serviceMs;
        this.#cost.locks += keys.length;
        // Contained? fetch, acquire, release
        this.#calls(4 * keys.length);
        this.#cost.coordinatorMs += coordinatorMs.freshLock * keys.length;
      } else if (step.do === 'unlock') this.#listener.held(keys, this.#cost.serviceMs - lockedAtMs);
      else if (step.do === 'each') this.#each(step);
      else this.#plain(step, item);
    }
  }

  #each(step: Extract<Step, { do: 'each' }>): void {
    if (step.in !== undefined) this.#calls(1);
    const keys = step.keys?.map((key) => fillText(key, this.#fields)) ?? this.#keysOf(step.in ?? '');
    for (const key of keys.slice(0, step.limit)) this.#run(step.steps, key);
  }

  #plain(step: PlainStep, item: string | undefined): void {
    this.#listener.ran(step, item);
    this.#calls(this.#callsOf(step));
    switch (step.do) {
      case 'wait':
      case 'cpu': {
        const ms = fillAmount(step.ms, this.#fields);
        this.#cost.serviceMs += ms;
        if (step.do === 'cpu') this.#cost.cpuMs += ms;
        break;
      }
      case 'forward':
        this.#cost.serviceMs += longestWaitMs(step);
        break;
      case 'read':
      case 'take':
        this.#cross(step.in, 1, this.#valueBytes(step.in));
        break;
      case 'read-all':
        this.#cross(step.in, this.#entriesOf(step.in), this.#valueBytes(step.in));
        break;
      case 'write':
      case 'put':
        this.#write(step.in, 1, step.bytes);
        break;
      case 'write-many':
      case 'replace-all':
        this.#write(step.in, step.count, step.bytes);
        break;
      case 'patch':
      case 'patch-many':
        // A managed dict reads the whole value and writes it back
        this.#cross(step.in, this.#callsOf(step), this.#valueBytes(step.in));
        this.#listener.written(step.in, this.#valueBytes(step.in));
        break;
    }
    if (step.do === 'put') this.#cost.puts++;
    if (step.do === 'take') this.#cost.takes++;
  }

  /** As a client of managed dicts makes them. */
  #callsOf(step: PlainStep): number {
    switch (step.do) {
      case 'wait':
      case 'cpu':
      case 'submit':
      case 'forward':
        return 0;
      case 'patch':
        return 2;
      case 'patch-many':
        return 2 * (step.keys?.length ?? this.#entriesOf(step.in));
      case 'write-many':
        return step.batch === false ? step.count : 1;
      case 'clear':
        // keys() and one del per key
        return 1 + this.#entriesOf(step.in);
      default:
        return 1;
    }
  }

  #calls(count: number): void {
    this.#cost.calls += count;
    this.#cost.coordinatorMs += count * coordinatorMs.call;
  }

  #write(structure: string, count: number, given: number | string | undefined): void {
    const bytes = given === undefined ? this.#valueBytes(structure) : fillAmount(given, this.#fields);
    this.#cross(structure, count, bytes);
    if (count > 0) this.#listener.written(structure, bytes);
  }

  #cross(structure: string, count: number, bytesEach: number): void {
    const shape = this.#structures.get(structure)?.value?.shape ?? usualValue.shape;
    this.#cost.bytes += count * bytesEach;
    this.#cost.coordinatorMs += count * bytesEach * coordinatorMs.byte[shape];
  }

  #valueBytes(structure: string): number {
    return this.#structures.get(structure)?.value?.bytes ?? usualValue.bytes;
  }

  /** As far as the header tells: what is in a dict at the start. */
  #entriesOf(structure: string): number {
    const initial = this.#structures.get(structure)?.initial;
    return initial?.keys?.length ?? initial?.count ?? 0;
  }

  #keysOf(structure: string): string[] {
    const initial = this.#structures.get(structure)?.initial;
    if (initial?.keys !== undefined) return initial.keys;
    return Array.from({ length: initial?.count ?? 0 }, (_, index) => `${initial?.prefix ?? ''}${index}`);
  }
}

/** A cycle takes as long as its slowest miner, and never longer than its time-out. */
function longestWaitMs({ miners, timeoutMs }: ForwardStep): number {
  const slowestMs = Array.isArray(miners)
    ? miners.reduce((slowest, { delayMs }) => Math.max(slowest, delayMs), 0)
    : timeoutMs;
  return Math.min(slowestMs, timeoutMs);
}

export function emptyCost(): OperationCost {
  return { serviceMs: 0, cpuMs: 0, calls: 0, locks: 0, bytes: 0, coordinatorMs: 0, puts: 0, takes: 0 };
}

/** Adds `count` times `more` to `sum`. */
export function addCost(sum: OperationCost, more: OperationCost, count = 1): void {
  sum.serviceMs += more.serviceMs * count;
  sum.cpuMs += more.cpuMs * count;
  sum.calls += more.calls * count;
  sum.locks += more.locks * count;
  sum.bytes += more.bytes * count;
  sum.coordinatorMs += more.coordinatorMs * count;
  sum.puts += more.puts * count;
  sum.takes += more.takes * count;
}
