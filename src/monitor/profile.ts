import { isIpcbenchError } from '../errors.js';
import type { Profile } from '../measure/profile.js';
import { hostState } from './host.js';
import { descendantsOf } from './process-children.js';
import { identify } from './process-identity.js';
import { ProfiledProcess } from './profiled-process.js';
import type { Thresholds } from './verdict.js';

export interface ProfileOptions {
  /** Absent: until the signal, or until the process ends. */
  durationMs?: number;
  intervalMs: number;
  /** Whether its descendants are watched too, those born meanwhile included. */
  children: boolean;
  thresholds: Thresholds;
  /** Ends the watch; what was seen is still told. */
  signal: AbortSignal;
  /** Password for a Redis server that wants one. */
  redisPassword?: string;
  /** A port that the target opened for this profiler, which is none of its own listeners. */
  hiddenPort?: number;
  /** Called about once a second with what was seen so far. */
  onSecond?(profile: Profile): void;
}

/**
 * Watches a live process, and tells how busy it is and why.
 * @throws IpcbenchError `USAGE` or `NO_PROCESS` when it can't be watched; a process that ends meanwhile is a result, not an error
 */
export async function profileProcess(pid: number, options: ProfileOptions): Promise<Profile> {
  const watch = new ProfileWatch(pid, options);
  try {
    await watch.ask();
    await watch.run();
  } finally {
    await watch.finish();
  }
  return watch.profile();
}

class ProfileWatch {
  readonly #options: ProfileOptions;
  readonly #main: ProfiledProcess;
  readonly #processes: Map<number, ProfiledProcess>;
  readonly #startedAt = new Date().toISOString();
  readonly #host = hostState();
  readonly #startedNs = now();
  #endedNs: number | undefined;
  #nextSecondNs = this.#startedNs;
  #briefChildren = 0;

  constructor(pid: number, options: ProfileOptions) {
    this.#options = options;
    this.#main = new ProfiledProcess(identify(pid), now, options.hiddenPort);
    this.#processes = new Map([[pid, this.#main]]);
    this.#findChildren();
  }

  async ask(): Promise<void> {
    for (const process of this.#processes.values()) await process.ask(this.#options.redisPassword);
  }

  /** Samples until the time is over, the signal comes, or the process has ended. */
  run(): Promise<void> {
    const { durationMs, intervalMs, signal } = this.#options;
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearInterval(timer);
        clearTimeout(deadline);
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const tick = (): void => {
        try {
          if (!this.#sample()) stop();
        } catch (error) {
          stop();
          reject(error);
        }
      };
      const timer = setInterval(tick, intervalMs);
      const deadline = durationMs === undefined ? undefined : setTimeout(stop, durationMs);
      signal.addEventListener('abort', stop);
      if (signal.aborted) stop();
    });
  }

  async finish(): Promise<void> {
    for (const process of this.#processes.values()) await process.finish();
    this.#endedNs = now();
  }

  profile(): Profile {
    const host = hostState(this.#host);
    return {
      schema: 'ipcbench.profile/1',
      startedAt: this.#startedAt,
      durationMs: ((this.#endedNs ?? now()) - this.#startedNs) / 1e6,
      intervalMs: this.#options.intervalMs,
      state: this.#main.ended ? 'ended' : 'complete',
      host: {
        cpuModel: host.cpuModel,
        cpus: host.cpus,
        memoryBytes: host.memoryBytes,
        loadAverage: host.loadAverage,
        stealPercent: host.stealPercent,
      },
      thresholds: this.#options.thresholds,
      briefChildren: this.#briefChildren,
      processes: [...this.#processes.values()].map((process) => process.profile(this.#options.thresholds)),
    };
  }

  /** False once the process has ended. */
  #sample(): boolean {
    for (const process of this.#processes.values()) process.sample();
    if (now() >= this.#nextSecondNs) {
      this.#nextSecondNs += 1e9 * Math.max(1, Math.ceil((now() - this.#nextSecondNs) / 1e9));
      this.#findChildren();
      this.#options.onSecond?.(this.profile());
    }
    return !this.#main.ended;
  }

  /** A child that has already ended again when it is looked at is not missed. */
  #findChildren(): void {
    if (!this.#options.children) return;
    this.#dropBriefChildren();
    for (const pid of descendantsOf(this.#main.pid)) {
      if (this.#processes.has(pid) || pid === process.pid) continue;
      try {
        this.#processes.set(pid, new ProfiledProcess(identify(pid), now));
      } catch (error) {
        if (!isIpcbenchError(error, 'NO_PROCESS')) throw error;
      }
    }
  }

  #dropBriefChildren(): void {
    for (const [pid, child] of this.#processes) {
      if (child === this.#main || !child.ended || child.profile(this.#options.thresholds).verdict !== 'unknown')
        continue;
      this.#processes.delete(pid);
      this.#briefChildren += 1;
    }
  }
}

function now(): number {
  return Number(process.hrtime.bigint());
}
