import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { IpcbenchError } from '../../errors.js';
import { type Meter, noMeter } from '../strategy.js';
import type { Answer, Cycle, FanOut } from './cycle.js';
import { type CycleForm, runCycle } from './cycle-run.js';
import { writeModuleGraph } from './module-graph.js';
import { type StartedProcesses, startedProcesses } from './started-processes.js';
import { WorkerPool } from './worker-pool.js';

export interface FanOutOptions extends CycleForm {
  /** Whether workers are started anew for each cycle, or once. */
  pool: 'per-cycle' | 'reused';
  processes: number;
  /** CPU time that a fresh worker spends on loading modules. */
  importMs: number;
}

/** What fresh workers load. */
interface Modules {
  folder: string;
  /** Address of the module that loads all others. */
  entry: string;
}

/** Cycles through a pool of worker processes; the process that calls is the main process. */
export class PooledFanOut implements FanOut {
  readonly #options: FanOutOptions;
  readonly #modules: Modules | undefined;
  readonly #started: StartedProcesses;
  /** Those that run: one for all cycles, or one for each cycle under way. */
  readonly #pools = new Set<WorkerPool>();
  #shared: WorkerPool | undefined;
  #closed = false;

  private constructor(options: FanOutOptions, modules: Modules | undefined, started: StartedProcesses) {
    this.#options = options;
    this.#modules = modules;
    this.#started = started;
  }

  /** @param directory private folder, where the modules to import (until it is closed) and the workers' pids are kept */
  static async open(options: FanOutOptions, directory: string): Promise<PooledFanOut> {
    const modules = options.importMs > 0 ? await writeModules(directory) : undefined;
    return new PooledFanOut(options, modules, startedProcesses(directory));
  }

  async forward(
    cycle: Cycle,
    { signal }: { signal?: AbortSignal },
    meter: Meter = noMeter,
  ): Promise<readonly Answer[]> {
    if (this.#closed) throw new IpcbenchError('CLOSED', 'the session is closed');
    const pool = this.#options.pool === 'reused' ? this.#sharedPool() : this.#newPool();
    try {
      return await runCycle(pool, this.#options.processes, cycle, this.#options, signal, meter);
    } finally {
      if (this.#options.pool === 'per-cycle') await this.#end(pool, meter);
    }
  }

  /** Ends all workers and removes the modules that they load. May be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#pools].map((pool) => pool.close()));
    if (this.#modules !== undefined) await rm(this.#modules.folder, { recursive: true, force: true });
  }

  /** Of the workers that run. */
  get pids(): number[] {
    return [...this.#pools].flatMap((pool) => pool.pids);
  }

  async #end(pool: WorkerPool, meter: Meter): Promise<void> {
    const left = meter.enter('release');
    await pool.close();
    this.#pools.delete(pool);
    meter.enter(left);
  }

  #sharedPool(): WorkerPool {
    this.#shared ??= this.#newPool();
    return this.#shared;
  }

  #newPool(): WorkerPool {
    const { processes, importMs } = this.#options;
    const pool = new WorkerPool({
      processes,
      importMs,
      moduleGraph: this.#modules?.entry ?? '',
      started: this.#started,
    });
    this.#pools.add(pool);
    return pool;
  }
}

/** A folder for each session: several may be open in one process. */
async function writeModules(directory: string): Promise<Modules> {
  const folder = await mkdtemp(join(directory, 'imports-'));
  return { folder, entry: await writeModuleGraph(folder) };
}
