import { performance } from 'node:perf_hooks';
import type { OperationRun } from '../operation-run.js';
import type { WorkloadMeter } from '../workload-meter.js';

/** How long a cycle takes and how busy this process is meanwhile, with whatever else it has to do; told once, by its end. */
export class CycleTimes {
  readonly #timeoutMs: number;
  readonly #run: OperationRun;
  readonly #meter: WorkloadMeter;
  readonly #startMs = performance.now();
  readonly #loopBefore = performance.eventLoopUtilization();
  readonly #cpuBefore = process.cpuUsage();
  /** What became of it, as it was told; nothing is told twice. */
  #ending: 'ended' | 'unfinished' | undefined;

  /** The cycle begins now. */
  constructor(timeoutMs: number, run: OperationRun, meter: WorkloadMeter) {
    this.#timeoutMs = timeoutMs;
    this.#run = run;
    this.#meter = meter;
    meter.count('cyclesBegun');
    // So that a report of cycles always says how many failed.
    meter.count('cyclesFailed', 0);
    run.onUnfinished = () => this.#unfinished();
  }

  /** It came to an end, good or bad. */
  ended(): void {
    this.#run.onUnfinished = undefined;
    if (this.#ending !== undefined) return;
    this.#ending = 'ended';
    const { user, system } = process.cpuUsage(this.#cpuBefore);
    this.#took();
    this.#meter.figure('mainBusyMs', performance.eventLoopUtilization(this.#loopBefore).active);
    this.#meter.figure('mainCpuMs', (user + system) / 1000);
  }

  failed(): void {
    this.ended();
    if (this.#ending === 'ended') this.#meter.count('cyclesFailed');
  }

  /** The round ends before it: it takes at least until now. */
  #unfinished(): void {
    this.#ending = 'unfinished';
    this.#took();
    this.#meter.count('cyclesUnfinished');
  }

  #took(): void {
    const tookMs = performance.now() - this.#startMs;
    this.#meter.figure('cycleMs', tookMs);
    this.#meter.figure('overTimeoutMs', Math.max(tookMs - this.#timeoutMs, 0));
  }
}
