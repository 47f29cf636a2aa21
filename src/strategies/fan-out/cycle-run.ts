import { setMaxListeners } from 'node:events';
import { deserialize, serialize } from 'node:v8';
import { monotonicNs } from '../../measure/clock.js';
import type { Meter } from '../strategy.js';
import type { Answer, Cycle } from './cycle.js';
import { MinerModel } from './miner-model.js';
import type { RowForm } from './miner-rows.js';
import type { GatheredChunk, GatherTask, ResultForm, WireModel, WireTuple } from './pool-messages.js';
import { PoolTally } from './pool-tally.js';
import { WorkLog } from './work-log.js';
import type { WorkerPool } from './worker-pool.js';

/** How a cycle's chunks are handed back and taken. */
export interface CycleForm {
  /** Whether chunks are worked on in the order in which they were given out, or as they come in. */
  collect: 'ordered' | 'as-completed';
  result: ResultForm;
  rows: RowForm;
}

/** A chunk that has arrived and was taken apart, but not worked on. */
type Arrived = { result: 'tuple'; wired: WireTuple[] } | { result: 'rebuild'; wired: WireModel[] };

/**
 * Asks all miners through a pool, chunk by chunk, and works on what comes back.
 * @param signal gives up at once when aborted
 */
export async function runCycle(
  pool: WorkerPool,
  workers: number,
  cycle: Cycle,
  form: CycleForm,
  signal: AbortSignal | undefined,
  meter: Meter,
): Promise<readonly Answer[]> {
  const giveUp = new AbortController();
  // Every chunk listens.
  setMaxListeners(0, giveUp.signal);
  const onAbort = (): void => giveUp.abort();
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted) giveUp.abort();
  const left = meter.enter('wait');
  const tally = new PoolTally();
  const run = new CycleRun(cycle, form, meter);
  try {
    const arriving = tasksOf(cycle, workers, form).map(async (task) =>
      run.arrive(task, await pool.gather(task, giveUp.signal, tally)),
    );
    await collect(arriving, form, (first, arrived) => run.take(first, arrived));
    return run.finish(tally);
  } finally {
    // After a failure: nobody waits for the other chunks any more.
    giveUp.abort();
    tally.end();
    tellCaused(tally, meter);
    signal?.removeEventListener('abort', onAbort);
    meter.enter(left);
  }
}

/** What a cycle took from its pool counts whatever became of it; figures are of cycles that came to an end, as their duration is. */
function tellCaused({ started, retried, unanswered }: PoolTally, meter: Meter): void {
  for (const task of unanswered) meter.call(serialize(task).byteLength, 0);
  for (let more = started; more > 0; more--) meter.connection(2, 0, 0);
  meter.count?.('chunksRetried', retried);
}

interface Chunk {
  first: number;
  arrived: Arrived;
}

async function collect(
  arriving: readonly Promise<Chunk>[],
  { collect: order }: CycleForm,
  take: (first: number, arrived: Arrived) => void,
): Promise<void> {
  const takeWhenThere = async (pending: Promise<Chunk>): Promise<void> => {
    const { first, arrived } = await pending;
    take(first, arrived);
  };
  if (order === 'as-completed') {
    await Promise.all(arriving.map(takeWhenThere));
    return;
  }
  // Of several that fail, the first in order is told; the others are not to end the process.
  for (const pending of arriving) pending.catch(() => {});
  for (const pending of arriving) await takeWhenThere(pending);
}

/** As many chunks as there are workers, or miners where these are fewer; their sizes differ by one at most. */
export function tasksOf({ miners, timeoutMs, seed }: Cycle, workers: number, form: CycleForm): GatherTask[] {
  const chunks = Math.min(workers, miners.length);
  const { rows, result } = form;
  const firstOf = (chunk: number): number => Math.floor((chunk * miners.length) / chunks);
  return Array.from({ length: chunks }, (_, chunk) => {
    const first = firstOf(chunk);
    return { timeoutMs, seed, first, miners: miners.slice(first, firstOf(chunk + 1)), rows, result };
  });
}

/** The main process' side of one cycle. */
class CycleRun {
  readonly #cycle: Cycle;
  readonly #form: CycleForm;
  readonly #meter: Meter;
  readonly #answers: Answer[];
  readonly #work = new WorkLog(() => Number(monotonicNs()) / 1e6);
  #lastGatheredMs = 0;

  constructor(cycle: Cycle, form: CycleForm, meter: Meter) {
    this.#cycle = cycle;
    this.#form = form;
    this.#meter = meter;
    this.#answers = new Array<Answer>(cycle.miners.length);
  }

  /** Takes a chunk apart as soon as it is there, whatever the order in which chunks are worked on, as a pool's result thread does. */
  arrive(task: GatherTask, { payload, gatheredAtMs }: GatheredChunk): Chunk {
    this.#lastGatheredMs = Math.max(this.#lastGatheredMs, gatheredAtMs);
    this.#meter.call(serialize(task).byteLength, payload.byteLength);
    const wired: unknown = this.#during('read', () => deserialize(payload));
    return { first: task.first, arrived: { result: this.#form.result, wired } as Arrived };
  }

  take(first: number, { result, wired }: Arrived): void {
    this.#during('cpu', () => {
      if (result === 'tuple')
        for (const [index, [response, tookMs]] of wired.entries()) this.#accept(first + index, [response, tookMs]);
      else for (const [index, wire] of wired.entries()) this.#accept(first + index, rebuilt(wire));
    });
  }

  finish({ startMs }: PoolTally): readonly Answer[] {
    this.#meter.figure?.('poolStartMs', startMs);
    this.#meter.figure?.('overlapPercent', this.#work.percentBefore(this.#lastGatheredMs));
    return this.#answers;
  }

  #accept(miner: number, answer: Answer): void {
    this.#answers[miner] = answer;
    this.#cycle.validate(miner, answer);
  }

  #during<T>(phase: 'read' | 'cpu', work: () => T): T {
    const left = this.#meter.enter(phase);
    try {
      return this.#work.during(work);
    } finally {
      this.#meter.enter(left);
    }
  }
}

/** Builds the model and copies it, as a framework's handler and its caller each do. */
function rebuilt(wire: WireModel): Answer {
  const copy = new MinerModel(wire).copy();
  return [wire.rows === null ? undefined : copy, wire.tookMs];
}
