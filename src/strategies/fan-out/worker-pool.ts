import { setTimeout as sleep } from 'node:timers/promises';
import { IpcbenchError } from '../../errors.js';
import type { FromPoolWorker, GatheredChunk, GatherTask } from './pool-messages.js';
import { type PoolProcess, startPoolProcess } from './pool-process.js';
import { PoolTally } from './pool-tally.js';
import type { StartedProcesses } from './started-processes.js';

export interface PoolOptions {
  /** Worker processes at most; they are started when first needed. */
  processes: number;
  /** CPU time that a fresh worker spends on loading modules. */
  importMs: number;
  /** Address of the modules it loads. */
  moduleGraph: string;
  /** What a worker may take beyond its chunk's time-out until it has all answers. Default 60 s. */
  patienceMs?: number;
  started: StartedProcesses;
}

interface Job {
  task: GatherTask;
  /** Of the cycle that it is a part of. */
  tally: PoolTally;
  failures: number;
  resolve(chunk: GatheredChunk): void;
  reject(error: Error): void;
}

interface Worker {
  process: PoolProcess;
  startedAtMs: number;
  /** Of the cycle that it was started for. */
  tally: PoolTally;
  ready: boolean;
  job: Job | undefined;
  /** Ends a worker that does not hand back its chunk. */
  guard: NodeJS.Timeout | undefined;
  /** Why it was ended from here; its chunk is then not tried again. */
  ended: IpcbenchError | undefined;
}

const patienceMs = 60_000;
/** What packing and carrying a chunk may take, while the main process may be busy with others. */
const handBackMs = 600_000;
const killAfterMs = 1_000;

/** Worker processes that gather chunks of miners, one at a time each. A worker that dies is replaced and its chunk tried once more. */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #workers = new Set<Worker>();
  readonly #waiting: Job[] = [];
  #closed = false;
  #jobs = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Of all workers that run or are being started. */
  get pids(): number[] {
    return [...this.#workers].map(({ process }) => process.pid);
  }

  /**
   * Has a worker gather a chunk.
   * @param tally where to write down what that takes
   * @throws IpcbenchError `WORKER_LOST` when two workers in turn died of it or it failed, `ABORTED`, `CLOSED`
   */
  gather(task: GatherTask, signal: AbortSignal, tally = new PoolTally()): Promise<GatheredChunk> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closedError());
      if (signal.aborted) return reject(abortedError());
      const onAbort = (): void => this.#abort(job);
      const settled = (act: () => void): void => {
        signal.removeEventListener('abort', onAbort);
        act();
      };
      const job: Job = {
        task,
        tally,
        failures: 0,
        resolve: (chunk) => settled(() => resolve(chunk)),
        reject: (error) => settled(() => reject(error)),
      };
      signal.addEventListener('abort', onAbort);
      this.#waiting.push(job);
      this.#assign();
    });
  }

  /** Ends all workers and resolves when they are gone. May be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#waiting.splice(0)) job.reject(closedError());
    await Promise.all([...this.#workers].map((worker) => this.#end(worker, closedError())));
  }

  #assign(): void {
    for (const worker of this.#workers) {
      if (this.#waiting.length === 0) return;
      if (worker.ready && worker.job === undefined && worker.ended === undefined) this.#give(worker);
    }
    const starting = [...this.#workers].filter(({ ready }) => !ready).length;
    const room = this.#options.processes - this.#workers.size;
    for (const job of this.#waiting.slice(starting, starting + room)) this.#start(job.tally);
  }

  #give(worker: Worker): void {
    const job = this.#waiting.shift();
    if (job === undefined) return;
    worker.job = job;
    this.#expect(worker, job, job.task.timeoutMs + (this.#options.patienceMs ?? patienceMs), 'collect its answers');
    worker.process.send({ kind: 'gather', id: ++this.#jobs, task: job.task });
  }

  /** Ends a worker that does not get on. What it has said by then counts, however late this process gets to hear it. */
  #expect(worker: Worker, job: Job, withinMs: number, what: string): void {
    clearTimeout(worker.guard);
    const guard = setTimeout(
      () => {
        setImmediate(() => {
          if (worker.guard !== guard || worker.job !== job) return;
          const hung = lostError(job, `(pid ${worker.process.pid}) did not ${what} within ${withinMs / 1000} s`);
          void this.#end(worker, hung);
        });
      },
      Math.min(withinMs, 2 ** 31 - 1),
    );
    worker.guard = guard;
  }

  #start(tally: PoolTally): void {
    tally.started += 1;
    const worker: Worker = {
      startedAtMs: performance.now(),
      tally,
      process: startPoolProcess((message) => this.#hear(worker, message)),
      ready: false,
      job: undefined,
      guard: undefined,
      ended: undefined,
    };
    const { pid } = worker.process;
    if (pid > 0) this.#options.started.note(pid);
    this.#workers.add(worker);
    void worker.process.exited.then((how) => this.#gone(worker, how));
    const { importMs, moduleGraph } = this.#options;
    worker.process.send({ kind: 'start', importMs, moduleGraph });
  }

  #hear(worker: Worker, message: FromPoolWorker): void {
    if (message.kind === 'ready') {
      worker.ready = true;
      const tally = worker.tally.over ? this.#waiting[0]?.tally : worker.tally;
      tally?.workerReady(worker.startedAtMs);
    } else if (message.kind === 'collected') {
      if (worker.job !== undefined) this.#expect(worker, worker.job, handBackMs, 'hand them back');
      return;
    } else {
      const job = this.#release(worker);
      if (message.kind === 'gathered') job?.resolve(message);
      else if (job !== undefined) job.reject(lostError(job, `failed: ${message.message}`));
    }
    this.#assign();
  }

  /** A worker that dies before it is ready takes the blame for the chunk that waits longest: or it would be replaced for ever. */
  #gone(worker: Worker, how: string): void {
    this.#workers.delete(worker);
    this.#options.started.forget(worker.process.pid);
    const job =
      this.#release(worker) ?? (worker.ready || worker.ended !== undefined ? undefined : this.#waiting.shift());
    if (job !== undefined) this.#tryAgain(job, worker, how);
    if (!this.#closed) this.#assign();
  }

  #tryAgain(job: Job, worker: Worker, how: string): void {
    job.failures += 1;
    if (worker.ended !== undefined || this.#closed) {
      job.reject(worker.ended ?? closedError());
    } else if (job.failures > 1) {
      job.reject(lostError(job, `(pid ${worker.process.pid}) ${how}, as the one before it`));
    } else {
      job.tally.retried += 1;
      this.#waiting.unshift(job);
    }
  }

  /** A chunk that is under way cannot be called back: its worker goes with it. */
  #abort(job: Job): void {
    const waits = this.#waiting.indexOf(job);
    if (waits >= 0) this.#waiting.splice(waits, 1);
    const worker = [...this.#workers].find((one) => one.job === job);
    if (worker !== undefined) void this.#end(worker, abortedError());
    job.reject(abortedError());
  }

  #release(worker: Worker): Job | undefined {
    const { job } = worker;
    worker.job = undefined;
    clearTimeout(worker.guard);
    return job;
  }

  async #end(worker: Worker, why: IpcbenchError): Promise<void> {
    worker.ended ??= why;
    worker.process.kill('SIGTERM');
    const stop = new AbortController();
    void sleep(killAfterMs, undefined, { signal: stop.signal }).then(
      () => worker.process.kill('SIGKILL'),
      () => {},
    );
    await worker.process.exited;
    stop.abort();
  }
}

function lostError({ task: { first, miners } }: Job, what: string): IpcbenchError {
  return new IpcbenchError(
    'WORKER_LOST',
    `miners ${first} to ${first + miners.length - 1} were not gathered: their worker ${what}`,
  );
}

const abortedError = (): IpcbenchError => new IpcbenchError('ABORTED', 'the cycle was aborted');
const closedError = (): IpcbenchError => new IpcbenchError('CLOSED', 'the pool is closed');
