import { IpcbenchError } from '../../errors.js';
import { PoolJob } from './pool-job.js';
import { PoolMember } from './pool-member.js';
import type { FromPoolWorker, GatheredChunk, GatherTask } from './pool-messages.js';
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
  /** What a worker may take to get ready, beyond the CPU time of all workers' imports. Default 2 min. */
  startPatienceMs?: number;
  started: StartedProcesses;
}

export const defaultPatienceMs = 60_000;
export const defaultStartPatienceMs = 120_000;
/** What packing and carrying a chunk may take, while the main process may be busy with others. */
const handBackMs = 600_000;
/** Workers that fail to start one after another until no more are started. */
export const startsTried = 3;

/**
 * Worker processes that gather chunks of miners, one at a time each. A worker that dies is replaced and the chunk that it had been given tried
 * once more; one that does not even get ready is replaced as well, and held against no chunk.
 */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #workers = new Set<PoolMember>();
  readonly #waiting: PoolJob[] = [];
  #closed = false;
  #jobs = 0;
  /** How workers ended that did not get ready, since one last did or chunks came to where none waited. */
  #failedStarts: string[] = [];

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Of all workers that run or are being started. */
  get pids(): number[] {
    return [...this.#workers].map(({ pid }) => pid);
  }

  /**
   * Has a worker gather a chunk.
   * @param tally where to write down what that takes
   * @throws IpcbenchError `WORKER_LOST` when two workers in turn died of it, it failed or no worker gets ready, `ABORTED`, `CLOSED`
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
      const job = new PoolJob(
        task,
        tally,
        (chunk) => settled(() => resolve(chunk)),
        (error) => settled(() => reject(error)),
      );
      signal.addEventListener('abort', onAbort);
      if (this.#waiting.length === 0) this.#failedStarts = [];
      this.#waiting.push(job);
      this.#assign();
    });
  }

  /** Ends all workers and resolves when they are gone. May be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#waiting.splice(0)) job.reject(closedError());
    await Promise.all([...this.#workers].map((worker) => worker.end(closedError())));
  }

  #assign(): void {
    for (const worker of this.#workers) {
      if (this.#waiting.length === 0) return;
      if (worker.idle) this.#give(worker);
    }
    // From here on the waiting chunks are for those that are there, one after another.
    if (this.#failedStarts.length >= startsTried) return;
    const starting = [...this.#workers].filter(({ ready }) => !ready).length;
    const room = this.#options.processes - this.#workers.size;
    for (const { tally } of this.#waiting.slice(starting, starting + room)) this.#start(tally);
  }

  #give(worker: PoolMember): void {
    const job = this.#waiting.shift();
    if (job === undefined) return;
    worker.job = job;
    this.#expectOf(
      worker,
      job,
      job.task.timeoutMs + (this.#options.patienceMs ?? defaultPatienceMs),
      'collect its answers',
    );
    job.tally.taskGiven(job.task);
    worker.send({ kind: 'gather', id: ++this.#jobs, task: job.task });
  }

  /** Ends a worker that does not get on with its chunk. */
  #expectOf(worker: PoolMember, job: PoolJob, withinMs: number, what: string): void {
    worker.expect(withinMs, () => {
      const why = `their worker (pid ${worker.pid}) did not ${what} within ${withinMs / 1000} s`;
      void worker.end(job.lostBecause(why));
    });
  }

  #start(tally: PoolTally): void {
    const { importMs, moduleGraph, started, processes, startPatienceMs } = this.#options;
    tally.started += 1;
    const worker = new PoolMember(tally, (message) => this.#hear(worker, message));
    if (worker.pid > 0) started.note(worker.pid);
    this.#workers.add(worker);
    void worker.exited.then((how) => this.#gone(worker, how));
    // All start together, and may have one core to themselves.
    const withinMs = importMs * processes + (startPatienceMs ?? defaultStartPatienceMs);
    worker.expect(withinMs, () => void worker.end(lateError(withinMs)));
    worker.send({ kind: 'start', importMs, moduleGraph });
  }

  #hear(worker: PoolMember, message: FromPoolWorker): void {
    if (message.kind === 'collected') {
      if (worker.job !== undefined) this.#expectOf(worker, worker.job, handBackMs, 'hand them back');
      return;
    }
    if (message.kind === 'ready') this.#welcome(worker);
    else {
      const job = worker.release();
      if (message.kind === 'gathered') job?.arrive(message);
      else job?.lost(`their worker failed: ${message.message}`);
    }
    this.#assign();
  }

  #welcome(worker: PoolMember): void {
    if (worker.ended !== undefined) return;
    worker.ready = true;
    worker.expectNothing();
    this.#failedStarts = [];
    const tally = worker.tally.over ? this.#waiting[0]?.tally : worker.tally;
    tally?.workerReady(worker.startedAtMs);
  }

  #gone(worker: PoolMember, how: string): void {
    this.#workers.delete(worker);
    this.#options.started.forget(worker.pid);
    const job = worker.release();
    if (job !== undefined) this.#tryAgain(job, worker, how);
    if (this.#closed) return;
    const ended = worker.ended?.message ?? how;
    // Whoever is not ready was ended from here only for being late.
    if (!worker.ready) this.#failedStarts.push(`(pid ${worker.pid}) ${ended}`);
    this.#giveUp();
    this.#assign();
  }

  #tryAgain(job: PoolJob, worker: PoolMember, how: string): void {
    job.deaths += 1;
    if (worker.ended !== undefined || this.#closed) {
      job.reject(worker.ended ?? closedError());
    } else if (job.deaths > 1) {
      job.lost(`their worker (pid ${worker.pid}) ${how}, as the one before it`);
    } else {
      job.tally.retried += 1;
      this.#waiting.unshift(job);
    }
  }

  /** Fails what waits when no worker is left that could gather it and the last ones did not start. */
  #giveUp(): void {
    const { length, [length - 1]: last } = this.#failedStarts;
    if (length < startsTried || [...this.#workers].some(({ ended }) => ended === undefined)) return;
    const why = `no worker got ready: ${length} in a row failed to start, the last one ${last}`;
    for (const job of this.#waiting.splice(0)) job.lost(why);
  }

  /** A chunk that is under way cannot be called back: its worker goes with it. */
  #abort(job: PoolJob): void {
    const waits = this.#waiting.indexOf(job);
    if (waits >= 0) this.#waiting.splice(waits, 1);
    const worker = [...this.#workers].find((one) => one.job === job);
    if (worker !== undefined) void worker.end(abortedError());
    job.reject(abortedError());
  }
}

const abortedError = (): IpcbenchError => new IpcbenchError('ABORTED', 'the cycle was aborted');
const closedError = (): IpcbenchError => new IpcbenchError('CLOSED', 'the pool is closed');
const lateError = (withinMs: number): IpcbenchError =>
  new IpcbenchError('WORKER_LOST', `did not get ready within ${withinMs / 1000} s`);
