import { Worker } from 'node:worker_threads';
import type { Waker } from './waker.js';

/** Layout of the memory shared with the thread: a futex word that grows with each change, and the due time in absolute nanoseconds. */
const shared = () => {
  const memory = new SharedArrayBuffer(16);
  return { memory, change: new Int32Array(memory, 0, 1), dueAbsoluteNs: new BigInt64Array(memory, 8, 1) };
};

/**
 * Source of the thread. It is text, since it must not load anything: its start is part of every worker's start.
 * Of due times, 0 means "never" and a negative one "end".
 */
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

/** A thread that sleeps in `Atomics.wait` (a futex) until the time has come and then posts a message to this thread's event loop. */
export function startSleepingThread(wake: () => void): Waker {
  const { memory, change, dueAbsoluteNs } = shared();
  const thread = new Worker(threadSource, { eval: true, workerData: memory, stdin: false, execArgv: [] });
  thread.on('message', wake);
  const tell = (absoluteNs: bigint): void => {
    Atomics.store(dueAbsoluteNs, 0, absoluteNs);
    Atomics.add(change, 0, 1);
    Atomics.notify(change, 0);
  };
  return {
    set: tell,
    close: async () => {
      tell(-1n);
      await thread.terminate();
    },
  };
}
