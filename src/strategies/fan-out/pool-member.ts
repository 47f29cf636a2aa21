import { setTimeout as sleep } from 'node:timers/promises';
import type { IpcbenchError } from '../../errors.js';
import { longestTimerMs } from '../../measure/clock.js';
import type { PoolJob } from './pool-job.js';
import type { FromPoolWorker, ToPoolWorker } from './pool-messages.js';
import { type PoolProcess, startPoolProcess } from './pool-process.js';
import type { PoolTally } from './pool-tally.js';

const killAfterMs = 1_000;

/** One worker of a pool, from its start to its end. */
export class PoolMember {
  readonly startedAtMs = performance.now();
  /** Of the cycle that it was started for. */
  readonly tally: PoolTally;
  readonly #process: PoolProcess;
  #guard: NodeJS.Timeout | undefined;
  #ended: IpcbenchError | undefined;
  /** Whether it has loaded its modules. */
  ready = false;
  job: PoolJob | undefined;

  constructor(tally: PoolTally, hear: (message: FromPoolWorker) => void) {
    this.tally = tally;
    this.#process = startPoolProcess(hear);
  }

  /** 0 when it could not even be started. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Resolves with how it ended, in words. */
  get exited(): Promise<string> {
    return this.#process.exited;
  }

  /** Why it was ended from here, or is about to; its chunk is then not tried again. */
  get ended(): IpcbenchError | undefined {
    return this.#ended;
  }

  get idle(): boolean {
    return this.ready && this.job === undefined && this.#ended === undefined;
  }

  send(message: ToPoolWorker): void {
    this.#process.send(message);
  }

  /**
   * Calls `late` when it has not got on by then, unless something else is expected of it meanwhile. What it has said by then counts, however
   * late this process gets to hear it.
   */
  expect(withinMs: number, late: () => void): void {
    this.expectNothing();
    const atLast = (): void => {
      setImmediate(() => {
        if (this.#guard === guard) late();
      });
    };
    const guard = setTimeout(atLast, Math.min(withinMs, longestTimerMs));
    this.#guard = guard;
  }

  expectNothing(): void {
    clearTimeout(this.#guard);
    this.#guard = undefined;
  }

  /** Takes its chunk from it. */
  release(): PoolJob | undefined {
    const { job } = this;
    this.job = undefined;
    this.expectNothing();
    return job;
  }

  /** Ends it, kindly at first; resolves when it is gone. May be called twice: the first reason holds. */
  async end(why: IpcbenchError): Promise<void> {
    this.#ended ??= why;
    this.#process.kill('SIGTERM');
    const stop = new AbortController();
    void sleep(killAfterMs, undefined, { signal: stop.signal }).then(
      () => this.#process.kill('SIGKILL'),
      () => {},
    );
    await this.#process.exited;
    stop.abort();
  }
}
