import { Worker } from 'node:worker_threads';
import type { Clock } from '../measure/clock.js';

/**
 * Wakes callbacks at absolute times of a clock, some 0.1 ms late instead of setTimeout's 0.5–1.1 ms, without spinning: a thread of its
 * own sleeps in `Atomics.wait` (a futex) until the earliest due time and then posts a message to this thread's event loop.
 */
export interface Alarm {
  /** Calls `wake` once `clock.nowNs()` has reached `dueNs`; at once (but not before returning) when it has already. */
  at(dueNs: number, wake: () => void): void;
  /** Resolves when `dueNs` has come. */
  until(dueNs: number): Promise<void>;
  /** Ends the thread; callbacks that are still pending are never called. */
  close(): Promise<void>;
}

interface Entry {
  dueNs: number;
  order: number;
  wake: () => void;
}

/** Layout of the memory shared with the thread: a futex word that grows with each change, and the due time in absolute nanoseconds. */
const shared = () => {
  const memory = new SharedArrayBuffer(16);
  return { memory, change: new Int32Array(memory, 0, 1), dueAbsoluteNs: new BigInt64Array(memory, 8, 1) };
};

/** Source of the sleeping thread. It is text, since it must not load anything: its start is part of every worker's start. */
const threadSource = `
const { parentPort, workerData } = require('node:worker_threads');
const change = new Int32Array(workerData, 0, 1);
const due = new BigInt64Array(workerData, 8, 1);
for (;;) {
  const seen = Atomics.load(change, 0);
  const at = Atomics.load(due, 0);
  if (at < 0n) break;
  if (at === 0n) { Atomics.wait(change, 0, seen); continue; }
  const leftNs = Number(at - process.hrtime.bigint());
  if (leftNs > 0 && Atomics.wait(change, 0, seen, leftNs / 1e6) !== 'timed-out') continue;
  if (Atomics.compareExchange(due, 0, at, 0n) === at) parentPort.postMessage(0);
}
`;

export function startAlarm(clock: Clock): Alarm {
  const { memory, change, dueAbsoluteNs } = shared();
  const thread = new Worker(threadSource, { eval: true, workerData: memory, stdin: false });
  const heap: Entry[] = [];
  let order = 0;
  /** The due time the thread sleeps until; Infinity while it sleeps for good. */
  let announcedNs = Number.POSITIVE_INFINITY;

  const tell = (absoluteNs: bigint): void => {
    Atomics.store(dueAbsoluteNs, 0, absoluteNs);
    Atomics.add(change, 0, 1);
    Atomics.notify(change, 0);
  };
  const announce = (): void => {
    const first = heap[0];
    if (first === undefined || first.dueNs >= announcedNs) return;
    announcedNs = first.dueNs;
    // 0 means "never" and a negative time "end": neither is a time this machine's clock still has before it.
    tell(clock.originNs + BigInt(Math.max(Math.round(first.dueNs), 1 - Number(clock.originNs))));
  };
  const ring = (): void => {
    announcedNs = Number.POSITIVE_INFINITY;
    for (let first = heap[0]; first !== undefined && first.dueNs <= clock.nowNs(); first = heap[0]) {
      pop(heap);
      first.wake();
    }
    announce();
  };
  thread.on('message', ring);

  const at = (dueNs: number, wake: () => void): void => {
    push(heap, { dueNs, order: order++, wake });
    announce();
  };
  return {
    at,
    until: (dueNs) => new Promise((resolve) => at(dueNs, resolve)),
    close: async () => {
      heap.length = 0;
      tell(-1n);
      await thread.terminate();
    },
  };
}

/** Earliest first; among equals, first come first. */
function before(a: Entry, b: Entry): boolean {
  return a.dueNs < b.dueNs || (a.dueNs === b.dueNs && a.order < b.order);
}

function push(heap: Entry[], entry: Entry): void {
  let index = heap.length;
  heap.push(entry);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !before(entry, above)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    const [left, right] = [heap[child], heap[child + 1]];
    if (left === undefined) break;
    if (right !== undefined && before(right, left)) child += 1;
    const smaller = heap[child];
    if (smaller === undefined || !before(smaller, last)) break;
    heap[index] = smaller;
    index = child;
  }
  heap[index] = last;
}
