import { IpcbenchError } from '../../errors.js';
import type { GatheredChunk, GatherTask } from './pool-messages.js';
import type { PoolTally } from './pool-tally.js';

/** A chunk on its way through a pool; what is said of it first holds. */
export class PoolJob {
  readonly task: GatherTask;
  /** Of the cycle that it is a part of. */
  readonly tally: PoolTally;
  readonly resolve: (chunk: GatheredChunk) => void;
  readonly reject: (error: IpcbenchError) => void;
  /** Workers that died after they had been given it. */
  deaths = 0;

  constructor(
    task: GatherTask,
    tally: PoolTally,
    resolve: (chunk: GatheredChunk) => void,
    reject: (error: IpcbenchError) => void,
  ) {
    this.task = task;
    this.tally = tally;
    this.resolve = resolve;
    this.reject = reject;
  }

  arrive(chunk: GatheredChunk): void {
    this.tally.chunkArrived(this.task);
    this.resolve(chunk);
  }

  /** @param why in words, after a colon */
  lost(why: string): void {
    this.reject(this.lostBecause(why));
  }

  lostBecause(why: string): IpcbenchError {
    const { first, miners } = this.task;
    const those = miners.length === 1 ? `miner ${first} was` : `miners ${first} to ${first + miners.length - 1} were`;
    return new IpcbenchError('WORKER_LOST', `${those} not gathered: ${why}`);
  }
}
