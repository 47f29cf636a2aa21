import { randomBytes } from 'node:crypto';
import type { MonitorTarget } from '../monitor/monitor.js';
import { capabilitiesOf, type LoadedStrategy } from '../strategies/index.js';
import { type Child, type Exit, startChild } from './child.js';
import {
  type CoordinatorHome,
  type CoordinatorProcess,
  restartCoordinator,
  startCoordinator,
  watchProcess,
} from './coordinator-process.js';
import type { WorkerPlan } from './deal.js';
import type { Joined } from './join.js';
import type {
  ClientSetup,
  Filling,
  FromSteward,
  FromWorker,
  ToSteward,
  ToWorker,
  WorkerProgress,
  WorkerSetup,
} from './messages.js';
import { otlpFor } from './otlp.js';
import type { Plan } from './plan.js';
import type { RoundSettings } from './round-settings.js';

export interface WorkerProcess {
  child: Child<ToWorker, FromWorker>;
  plan: WorkerPlan;
  lastProgress: WorkerProgress | undefined;
  exit: Exit | undefined;
}

export type Steward = Child<ToSteward, FromSteward>;

/** A coordinator as far as it can be watched from here. */
export interface WatchedCoordinator {
  name: string;
  pid: number;
  sampledPid: number | undefined;
  runtime: 'threads' | 'interpreter-lock';
  /** Resolves with how it ended, in words. */
  lost: Promise<string>;
}

/** Of these, the ones that can be sampled, by the process that is. */
export function sampledOf(watched: readonly WatchedCoordinator[]): MonitorTarget[] {
  return watched.flatMap(({ name, sampledPid: pid, runtime }) => (pid === undefined ? [] : [{ name, pid, runtime }]));
}

const prepareWithinMs = 60_000;
/** Each operation may have a row for the submit servers' replica; it takes a tenth of this. */
const prepareMsPerOperation = 0.1;
const endWithinMs = 3_000;

/** The processes of one round: coordinators, the steward, workers. Whatever state they are in, `end` ends them. */
export class Fleet {
  readonly coordinators: CoordinatorProcess[] = [];
  readonly workers: WorkerProcess[] = [];
  steward: Steward | undefined;
  readonly #loaded: LoadedStrategy;
  readonly #settings: RoundSettings;
  readonly #directory: string;
  readonly #secret = randomBytes(32).toString('hex');
  /** Joined coordinators are looked at now and then, until the end. */
  readonly #lookouts: { stop: () => void }[] = [];
  /** Coordinators being started again: one that is not waited for would outlive the round. */
  readonly #starting: Promise<void>[] = [];

  constructor(loaded: LoadedStrategy, settings: RoundSettings, directory: string) {
    this.#loaded = loaded;
    this.#settings = settings;
    this.#directory = directory;
  }

  /** Starts everything, fills the shared structures, and resolves when every worker is ready to be given its start. */
  async start(originNs: bigint): Promise<void> {
    const { strategy, options } = this.#loaded;
    const { plan, joined, runDirectory } = this.#settings;
    for (const [index, one] of joined === undefined ? strategy.coordinators(options).entries() : []) {
      this.coordinators.push(await startCoordinator(one, this.#home(index)));
    }
    this.steward = this.#startClient<ToSteward, FromSteward>('steward', './steward.js', 0);
    const kept = capabilitiesOf(strategy).includes('state') ? plan.header.structures : [];
    this.steward.send({
      kind: 'setup',
      header: { ...plan.header, structures: kept },
      filling: this.#filling(),
      submitFiles: filesWithSubmits(plan),
      runDirectory: runDirectory.path,
      ...this.#client('steward'),
    });
    const withinMs = prepareWithinMs + plan.summary.operations * prepareMsPerOperation;
    await this.steward.expect(isReady, 'fill the structures', withinMs);
    for (const [index, worker] of plan.workers.entries()) {
      const child = this.#startClient<ToWorker, FromWorker>(`worker ${worker.process}`, './worker.js', index);
      const entry: WorkerProcess = { child, plan: worker, lastProgress: undefined, exit: undefined };
      void child.exited.then((exit) => {
        entry.exit = exit;
      });
      this.workers.push(entry);
      child.send(this.#workerSetup(index, worker, originNs));
    }
    await Promise.all(this.workers.map(({ child }) => child.expect(isReady, 'get ready', prepareWithinMs)));
  }

  /** The coordinators to keep an eye on and, where there is a `sampledPid`, to sample; of joined ones, those that run on this machine. */
  watched(): WatchedCoordinator[] {
    const { joined } = this.#settings;
    if (joined === undefined) {
      return this.coordinators.map(({ plan, pid, sampledPid, lost }) => ({
        name: plan.name,
        pid,
        sampledPid,
        runtime: plan.runtime ?? 'threads',
        lost,
      }));
    }
    const { strategy, options } = this.#loaded;
    const runtimes = new Map(strategy.coordinators(options).map(({ name, runtime }) => [name, runtime]));
    return joined.coordinators.map(({ name, pid, sampledPid }) => {
      const lookout = watchProcess(pid);
      this.#lookouts.push(lookout);
      return { name, pid, sampledPid, runtime: runtimes.get(name) ?? 'threads', lost: lookout.gone };
    });
  }

  /** Kills a coordinator and puts a new one in its place. */
  async restart(index: number): Promise<void> {
    const old = this.coordinators[index];
    if (old === undefined) return;
    const starting = restartCoordinator(old, this.#home(index)).then((started) => {
      this.coordinators[index] = started;
    });
    this.#starting.push(starting.catch(() => {}));
    await starting;
  }

  stopWorkers(): void {
    for (const { child } of this.workers) child.send({ kind: 'stop' });
  }

  /** Lets the workers give up what they still hold and write down the last of their evidence. */
  async finishWorkers(): Promise<void> {
    await Promise.all(this.workers.map(({ child }) => child.end({ kind: 'finish' }, endWithinMs)));
  }

  async end(): Promise<void> {
    for (const lookout of this.#lookouts) lookout.stop();
    await Promise.all([this.finishWorkers(), this.steward?.end(undefined, endWithinMs), ...this.#starting]);
    await Promise.all(this.coordinators.map((coordinator) => coordinator.end()));
  }

  #workerSetup(index: number, worker: WorkerPlan, originNs: bigint): WorkerSetup {
    const {
      plan,
      speed,
      workScale,
      payloadScale,
      computeUnitsPerMs,
      closedConcurrency,
      driver,
      missRate,
      runDirectory,
      otlp,
    } = this.#settings;
    return {
      kind: 'setup',
      ...this.#client(worker.process),
      index,
      header: plan.header,
      kinds: plan.kinds,
      openFile: worker.openFile,
      loops: worker.loops,
      verifiable: plan.verifiable,
      partitions: plan.partitions,
      runDirectory: runDirectory.path,
      markNumber: index * (plan.shard?.count ?? 1) + (plan.shard?.index ?? 1) - 1,
      originNs: String(originNs),
      speed,
      workScale,
      payloadScale,
      computeUnitsPerMs,
      closedConcurrency: closedShare(closedConcurrency, plan.workers, index),
      otlp: otlpFor(otlp, worker),
      driver,
      missRate,
      submitsOnly: plan.submitsOnly,
    };
  }

  #client(process: string): ClientSetup {
    const { joined, plan } = this.#settings;
    const own = {
      addresses: Object.fromEntries(this.coordinators.map(({ plan, address }) => [plan.name, address])),
      directory: this.#directory,
      secret: this.#secret,
    };
    return {
      reference: this.#loaded.reference,
      process,
      label: this.#loaded.label,
      roundDirectory: this.#directory,
      ...(joined === undefined ? own : sharedWith(joined, this.#directory)),
      structures: plan.header.structures.map(({ name, kind, group }) => ({ name, kind, group })),
    };
  }

  /** Of several shards the first one fills the structures: all of them begin when it must have done so. */
  #filling(): Filling {
    const { joined, plan } = this.#settings;
    if (joined === undefined) return 'fresh';
    return plan.shard === undefined || plan.shard.index === 1 ? 'over' : 'none';
  }

  #home(index: number): CoordinatorHome {
    const { runDirectory, cores, recorder } = this.#settings;
    return {
      directory: this.#directory,
      secret: this.#secret,
      runDirectory,
      core: coreFor(cores?.coordinators, index),
      record: (coordinator) => recorder?.begin(this.#loaded.label, coordinator),
    };
  }

  #startClient<To extends object, From extends { kind: string }>(
    name: string,
    entry: string,
    index: number,
  ): Child<To, From> {
    const { runDirectory, cores } = this.#settings;
    return startChild<To, From>({ name, entry, runDirectory, core: coreFor(cores?.workers, index) });
  }
}

function filesWithSubmits({ capabilities, workers }: Plan): string[] {
  if (!capabilities.includes('submit')) return [];
  return workers.flatMap(({ openFile, loops }) => [openFile, ...loops.map(({ file }) => file)]);
}

function sharedWith(
  { addresses, directory, secret, realm }: Joined,
  own: string,
): Pick<ClientSetup, 'addresses' | 'directory' | 'secret' | 'realm'> {
  return { addresses, directory: directory ?? own, secret, realm };
}

function isReady(message: FromWorker | FromSteward): true | undefined {
  return message.kind === 'ready' ? true : undefined;
}

function coreFor(cores: readonly number[] | undefined, index: number): number | undefined {
  return cores?.[index % cores.length];
}

/** The operations in flight are spread as evenly as they go over the workers that have any. */
function closedShare(
  concurrency: number | undefined,
  workers: readonly WorkerPlan[],
  index: number,
): number | undefined {
  if (concurrency === undefined) return undefined;
  const given = workers.flatMap(({ openOperations }, number) => (openOperations > 0 ? [number] : []));
  const place = given.indexOf(index);
  if (place < 0) return 0;
  return Math.floor(concurrency / given.length) + (place < concurrency % given.length ? 1 : 0);
}
