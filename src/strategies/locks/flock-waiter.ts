import { Worker } from 'node:worker_threads';
import { IpcbenchError, messageOf } from '../../errors.js';
import type { SlotFiles } from './flock-files.js';
import { CANCELLED, type FlockThreadData, type FlockThreadMessage, STATE } from './flock-protocol.js';
import type { QueueOutcome } from './kernel-slots.js';
import type { ThreadInterrupt } from './libc-signal.js';
import { EXIT_PATIENCE_MS, threadLimits, threadStates } from './waiting-thread.js';

/** A signal that comes before the thread has entered its call is lost, so it is sent again until the thread is out. */
const INTERRUPT_EVERY_MS = 2;

/** The main thread's end of one waiting thread. Once it has started, it never keeps the process alive. */
export class FlockWaiter {
  readonly #worker: Worker;
  readonly #flags = new Int32Array(new SharedArrayBuffer(8));
  readonly #interrupts: ThreadInterrupt;
  /** Settles once the thread can wait, or never will. */
  readonly started: Promise<void>;
  #thread: number | undefined;
  #taken: ((outcome: QueueOutcome) => void) | undefined;
  #interrupting: NodeJS.Timeout | undefined;

  /** `free` is called whenever the thread can take a wait: when it has started, and after each; `ended` when it has broken. */
  constructor(interrupts: ThreadInterrupt, free: (waiter: FlockWaiter) => void, ended: (waiter: FlockWaiter) => void) {
    this.#interrupts = interrupts;
    const data: FlockThreadData = { flags: this.#flags };
    this.#worker = new Worker(new URL('./flock-thread.js', import.meta.url), {
      workerData: data,
      resourceLimits: threadLimits,
      execArgv: [],
      env: {},
    });
    this.started = new Promise((resolve) => {
      this.#worker.on('message', (message: FlockThreadMessage) => {
        if (message.kind === 'ready') this.#thread = message.thread;
        else this.#finish(message);
        this.#worker.unref();
        resolve();
        free(this);
      });
      this.#worker.on('error', (error) => {
        this.#thread = undefined;
        Atomics.store(this.#flags, STATE, threadStates.idle);
        resolve();
        ended(this);
        this.#finish({ kind: 'failed', reason: messageOf(error) });
      });
    });
  }

  /** Blocks the thread until it has the lock. One wait at a time. */
  wait(files: SlotFiles, taken: (outcome: QueueOutcome) => void): void {
    this.#taken = taken;
    Atomics.store(this.#flags, CANCELLED, 0);
    this.#worker.postMessage(files);
  }

  /** Makes the wait end soon; if the lock came first, it is `taken` all the same. */
  cancel(): void {
    if (this.#taken === undefined) return;
    Atomics.store(this.#flags, CANCELLED, 1);
    this.#interrupt();
    this.#interrupting ??= setInterval(() => this.#interrupt(), INTERRUPT_EVERY_MS);
  }

  /** Gets the thread out of the kernel while the process exits, which would otherwise wait for it for ever. Blocks for moments. */
  abandon(): void {
    Atomics.store(this.#flags, CANCELLED, 1);
    const untilMs = performance.now() + EXIT_PATIENCE_MS;
    for (;;) {
      const state = Atomics.load(this.#flags, STATE);
      if (state === threadStates.idle || performance.now() > untilMs) return;
      this.#interrupt();
      Atomics.wait(this.#flags, STATE, state, INTERRUPT_EVERY_MS);
    }
  }

  /** Ends the thread, which must not be waiting. */
  async close(): Promise<void> {
    this.#worker.ref();
    await this.started;
    this.#thread = undefined;
    await this.#worker.terminate();
  }

  #interrupt(): void {
    if (this.#thread !== undefined) this.#interrupts.interrupt(this.#thread);
  }

  #finish(message: Exclude<FlockThreadMessage, { kind: 'ready' }>): void {
    clearInterval(this.#interrupting);
    this.#interrupting = undefined;
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.(
      message.kind === 'failed'
        ? { kind: 'failed', error: new IpcbenchError('FILE', `cannot wait for a lock file: ${message.reason}`) }
        : message,
    );
  }
}
