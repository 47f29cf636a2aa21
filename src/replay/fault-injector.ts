import type { Clock } from '../measure/clock.js';
import { runningProcesses } from '../strategies/fan-out/started-processes.js';
import type { Fault } from './fault.js';
import type { Fleet, WorkerProcess } from './fleet.js';
import { readLastWords } from './last-words.js';

/** A fault that was injected. */
export interface Injection {
  fault: Fault;
  /** Nanoseconds of the round's clock; for a killed holder, when it died with the lock in its hands. */
  atNs: number;
  /** What it was done to, in words. */
  target: string;
  /** The key that a killed holder took with it. */
  key: string | undefined;
  /** Number of the worker that it was done to. */
  worker: number | undefined;
}

/** Makes things go wrong in a running round when it is their time. */
export class FaultInjector {
  readonly #fleet: Fleet;
  readonly #clock: Clock;
  readonly #directory: string;
  readonly #injections: Injection[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #struckWorkers = new Set<WorkerProcess>();
  /** A process that was killed is there for a moment yet. */
  readonly #struckPids = new Set<number>();
  #restarting = 0;

  constructor(fleet: Fleet, clock: Clock, directory: string) {
    this.#fleet = fleet;
    this.#clock = clock;
    this.#directory = directory;
  }

  /** @param startNs when the measured part starts */
  schedule(faults: readonly Fault[], startNs: number): void {
    for (const fault of faults) {
      const inMs = Math.max(startNs / 1e6 + fault.atMs - this.#clock.nowNs() / 1e6, 0);
      this.#timers.push(setTimeout(() => this.#inject(fault), inMs));
    }
  }

  /** Whether the end of this worker was ordered here, and is no incident. */
  struck(worker: WorkerProcess): boolean {
    return this.#struckWorkers.has(worker);
  }

  /** Whether a coordinator that ends now is being restarted. */
  get restarting(): boolean {
    return this.#restarting > 0;
  }

  /** What was done; a holder's last words are read now. */
  finish(): Injection[] {
    for (const timer of this.#timers) clearTimeout(timer);
    return this.#injections.map((injection) => {
      if (injection.fault.kind !== 'kill-holder' || injection.worker === undefined) return injection;
      const words = readLastWords(this.#directory, injection.worker);
      return words === undefined ? injection : { ...injection, ...words };
    });
  }

  #inject(fault: Fault): void {
    if (fault.kind === 'restart-coordinator') this.#restart(fault);
    else if (fault.kind === 'kill-pool-worker') this.#strikePool(fault);
    else this.#strikeWorker(fault);
  }

  #strikeWorker(fault: Fault): void {
    // Workers that are given work at recorded times are the ones whose loss is felt; loops come second.
    const order = [...this.#fleet.workers].sort((a, b) => a.plan.loops.length - b.plan.loops.length);
    const worker = order.find((one) => one.exit === undefined && !this.#struckWorkers.has(one));
    if (worker === undefined) return;
    const index = this.#fleet.workers.indexOf(worker);
    const target = `worker ${worker.plan.process} (pid ${worker.child.pid})`;
    this.#injections.push({ fault, atNs: this.#clock.nowNs(), target, key: undefined, worker: index });
    if (fault.kind === 'kill-holder') worker.child.send({ kind: 'die-holding' });
    else process.kill(worker.child.pid, fault.kind === 'kill-worker' ? 'SIGKILL' : 'SIGSTOP');
    if (fault.kind !== 'pause-worker') this.#struckWorkers.add(worker);
    else this.#timers.push(setTimeout(() => worker.child.signal('SIGCONT'), fault.pauseMs));
  }

  /** Kills a process that a session started on its own account. */
  #strikePool(fault: Fault): void {
    const pid = runningProcesses(this.#directory).find((one) => !this.#struckPids.has(one));
    const target = pid === undefined ? 'no worker of a pool' : `a pool's worker (pid ${pid})`;
    this.#injections.push({ fault, atNs: this.#clock.nowNs(), target, key: undefined, worker: undefined });
    if (pid === undefined) return;
    this.#struckPids.add(pid);
    process.kill(pid, 'SIGKILL');
  }

  #restart(fault: Fault): void {
    const index = this.#fleet.coordinators.findIndex(({ plan }) => plan.inner !== true);
    const first = this.#fleet.coordinators[index];
    if (first === undefined) return;
    const target = `coordinator ${first.plan.name} (pid ${first.pid})`;
    this.#injections.push({ fault, atNs: this.#clock.nowNs(), target, key: undefined, worker: undefined });
    this.#restarting += 1;
    // When it cannot be started again, every operation from then on says so.
    void this.#fleet.restart(index).catch(() => {});
  }
}
