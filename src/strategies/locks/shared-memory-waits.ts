import { Worker } from 'node:worker_threads';
import { messageOf } from '../../errors.js';
import type { Libc } from '../../system/libc.js';
import { bindFutex, type Futex } from './libc-futex.js';
import { type Mapping, mapPrivate } from './libc-mmap.js';
import {
  COMMANDS,
  STATE,
  STOP,
  type WaitCommand,
  type WaitReply,
  type WaitThreadData,
} from './shared-memory-protocol.js';
import type { Region } from './shared-memory-region.js';
import { EXIT_PATIENCE_MS, threadLimits, threadStates } from './waiting-thread.js';

const CONTROL_BYTES = 4096;

/** How often a process that ends looks whether its thread has come out of the kernel. */
const LOOK_EVERY_MS = 1;

/** The opening thread's end of the waiting thread, which never keeps the process alive once it has started. */
export class SharedMemoryWaits {
  readonly #control: Mapping;
  readonly #futex: Futex;
  readonly #worker: Worker;
  /** Settles once the thread can wait. Until then a wait would take as long as a thread takes to start. */
  readonly ready: Promise<void>;
  readonly #processExits = (): void => this.#stop();
  /** A word that nobody wakes: to sleep on for a while. */
  readonly #never = new Int32Array(new SharedArrayBuffer(4));

  /** `free` hears of each slot that is free in its turn, `failed` of a thread that has broken. */
  constructor(
    libc: Libc,
    region: Region,
    manyAllowed: boolean,
    { free, failed }: { free: (turn: WaitCommand) => void; failed: (reason: string) => void },
  ) {
    this.#futex = bindFutex(libc, manyAllowed);
    this.#control = mapPrivate(libc, CONTROL_BYTES);
    const data: WaitThreadData = {
      region: { address: region.mapping.address, lengthBytes: region.lengthBytes, futexWord: region.futexWord },
      control: { address: this.#control.address, lengthBytes: CONTROL_BYTES },
      manyAllowed,
    };
    this.#worker = new Worker(new URL('./shared-memory-thread.js', import.meta.url), {
      workerData: data,
      resourceLimits: threadLimits,
      execArgv: [],
      env: {},
    });
    this.ready = new Promise((resolve, reject) => {
      this.#worker.on('message', (reply: WaitReply) => {
        if (reply.kind === 'free') return free(reply);
        this.#worker.unref();
        resolve();
      });
      this.#worker.on('error', (error) => {
        Atomics.store(this.#control.words, STATE, threadStates.idle);
        failed(messageOf(error));
        reject(error);
      });
    });
    process.on('exit', this.#processExits);
  }

  wait(command: WaitCommand): void {
    this.#worker.postMessage(command);
    this.#call();
  }

  /** Resolves once the thread has ended, so that what it looks at may be unmapped. */
  async close(): Promise<void> {
    process.off('exit', this.#processExits);
    this.#stop();
    await this.#worker.terminate();
    this.#control.unmap();
  }

  /** Gets the thread out of the kernel, which takes it moments. */
  #stop(): void {
    const { words } = this.#control;
    const untilMs = performance.now() + EXIT_PATIENCE_MS;
    Atomics.store(words, STOP, 1);
    while (Atomics.load(words, STATE) !== threadStates.idle && performance.now() < untilMs) {
      this.#call();
      Atomics.wait(this.#never, 0, 0, LOOK_EVERY_MS);
    }
  }

  #call(): void {
    Atomics.add(this.#control.words, COMMANDS, 1);
    this.#futex.wakeAll(this.#control.address);
  }
}
