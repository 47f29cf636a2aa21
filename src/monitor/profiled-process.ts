import type { Listener, ProcessKind, ProcessProfile, RedisProfile } from '../measure/profile.js';
import { findingsOf } from './findings.js';
import { type ProcessDetails, readDetails } from './process-details.js';
import type { ProcessIdentity } from './process-identity.js';
import { kindOf } from './process-kind.js';
import type { ProcessSnapshot } from './process-sampler.js';
import { RedisReading } from './redis-reading.js';
import { listeningSockets } from './sockets.js';
import { SwitchCount } from './switch-count.js';
import type { UsageWindow } from './usage-window.js';
import { isSaturated, type Thresholds, verdictOf } from './verdict.js';
import { coreUseOf, WatchedProcess } from './watched-process.js';
import { summarise, windowNs } from './window-series.js';

/** Details cost more than times, so they rest this many times as long as they took. */
const restPerReading = 50;

/** One process with everything that a profile tells of it. */
export class ProfiledProcess {
  readonly #identity: ProcessIdentity;
  readonly #now: () => number;
  readonly #hiddenPort: number | undefined;
  readonly #startedNs: number;
  readonly #watched: WatchedProcess;
  readonly #kind: ProcessKind;
  readonly #firstDetails: ProcessDetails;
  readonly #switches = new SwitchCount();
  readonly #threadNames = new Map<number, string>();
  readonly #unreadable = new Map<string, string>();
  #details: ProcessDetails;
  #listeners: Listener[] | undefined;
  #maxThreads = 0;
  #maxDescriptors = 0;
  #detailsNotBeforeNs = Number.NEGATIVE_INFINITY;
  #redis: RedisReading | undefined;
  #redisProfile: RedisProfile | undefined;

  /** Begins to watch. */
  constructor(identity: ProcessIdentity, now: () => number, hiddenPort?: number) {
    this.#identity = identity;
    this.#hiddenPort = hiddenPort;
    this.#now = now;
    this.#startedNs = now();
    this.#readListeners();
    this.#kind = kindOf(identity, this.#listeners);
    this.#watched = new WatchedProcess(identity.pid, this.#kind.runtime, now);
    this.#details = readDetails(identity.pid, this.#tids());
    this.#firstDetails = this.#details;
    this.#noteDetails();
    if (this.#details.descriptors === undefined) this.#deny('descriptors');
    if (this.#listeners === undefined) this.#deny('listening sockets');
    if (!this.#watched.hasWaits) this.#unreadable.set('run-queue wait', 'this kernel keeps no scheduler statistics');
  }

  get pid(): number {
    return this.#identity.pid;
  }

  get ended(): boolean {
    return this.#watched.ended;
  }

  /** Asks the server itself, where it is one that can be asked. */
  async ask(redisPassword: string | undefined): Promise<void> {
    if (this.#kind.name !== 'redis-server' || this.#listeners === undefined) return;
    const reading = await RedisReading.open(this.pid, this.#listeners, redisPassword);
    if (typeof reading === 'string') this.#unreadable.set('INFO of Redis', reading);
    else this.#redis = reading;
  }

  /** Takes a snapshot of its times and memory, and now and then of the rest. */
  sample(): void {
    this.#watched.sample();
    this.#maxThreads = Math.max(this.#maxThreads, this.#watched.last?.stat.threads ?? 0);
    if (!this.ended && this.#now() >= this.#detailsNotBeforeNs) this.#readDetails();
  }

  async finish(): Promise<void> {
    this.#watched.finish();
    if (!this.ended) {
      this.#readDetails();
      this.#readListeners();
    }
    const redis = await this.#redis?.finish();
    if (typeof redis === 'string') this.#unreadable.set('INFO of Redis', redis);
    else this.#redisProfile = redis;
  }

  /** What was seen so far. */
  profile(thresholds: Thresholds): ProcessProfile {
    const windows = this.#watched.windows();
    const use = coreUseOf(windows, this.#watched.runtime);
    const busiest = this.#busiestThread();
    const measured = {
      pid: this.pid,
      parentPid: this.#identity.stat.parentPid,
      name: this.#identity.stat.name,
      command: this.#identity.args.join(' ') || `[${this.#identity.stat.name}]`,
      user: this.#identity.user,
      kind: this.#kind,
      state: this.ended ? ('ended' as const) : ('running' as const),
      measuredMs: windows.reduce((sum, window) => sum + window.toNs - window.fromNs, 0) / 1e6,
      cpuPercent: summarise(windows, 'cpuPercent'),
      userPercent: summarise(windows, 'userPercent').mean,
      systemPercent: summarise(windows, 'systemPercent').mean,
      busiestThread: busiest,
      busiestThreadPercent: summarise(windows, 'busiestThreadPercent'),
      ...(this.#watched.hasWaits ? { runQueueWaitPercent: summarise(windows, 'runQueueWaitPercent') } : {}),
      ...this.#measuredDetails(),
      rssBytes: memoryOf(windows, this.#watched.last),
      threads: { last: this.#watched.last?.stat.threads ?? 0, max: this.#maxThreads },
      ...(this.#listeners === undefined ? {} : { listeners: this.#listeners }),
      ...(this.#redisProfile === undefined ? {} : { redis: this.#redisProfile }),
      unreadable: [...this.#unreadable].map(([what, why]) => ({ what, why })),
      verdict: verdictOf(use, thresholds),
      saturated: isSaturated(use, thresholds),
      series: windows.map((window) => ({
        second: Math.max(0, Math.round((window.fromNs - this.#startedNs) / windowNs)),
        cpuPercent: window.cpuPercent,
        busiestThreadPercent: window.busiestThreadPercent,
        runQueueWaitPercent: window.runQueueWaitPercent,
        rssBytes: window.rssBytes,
      })),
    };
    return { ...measured, ...findingsOf(measured, thresholds) };
  }

  #measuredDetails(): Pick<ProcessProfile, 'switchesPerSecond' | 'descriptors' | 'cgroup'> {
    const switches = this.#switches.perSecond();
    const { descriptors, cgroup } = this.#details;
    const throttledNs = (cgroup?.throttledNs ?? 0) - (this.#firstDetails.cgroup?.throttledNs ?? 0);
    return {
      ...(switches === undefined ? {} : { switchesPerSecond: switches }),
      ...(descriptors === undefined ? {} : { descriptors: { last: descriptors, max: this.#maxDescriptors } }),
      ...(cgroup === undefined
        ? {}
        : {
            cgroup: {
              ...(cgroup.limitCores === undefined ? {} : { limitCores: cgroup.limitCores }),
              throttledMs: throttledNs / 1e6,
              throttledPeriods: cgroup.throttledPeriods - (this.#firstDetails.cgroup?.throttledPeriods ?? 0),
            },
          }),
    };
  }

  #busiestThread(): { id: number; name: string } {
    const sums = new Map<number, number>();
    for (const window of this.#watched.windows())
      sums.set(window.busiestThread, (sums.get(window.busiestThread) ?? 0) + window.busiestThreadPercent);
    const [id] = [...sums].sort((a, b) => b[1] - a[1])[0] ?? [this.pid];
    return { id, name: this.#threadNames.get(id) ?? this.#watched.threadName(id) ?? this.#identity.stat.name };
  }

  #readDetails(): void {
    const startedNs = this.#now();
    const details = readDetails(this.pid, this.#tids());
    if (details.switches.size > 0)
      this.#details = { ...details, descriptors: details.descriptors ?? this.#details.descriptors };
    this.#noteDetails();
    const last = this.#watched.windows().at(-1);
    const name = last && this.#watched.threadName(last.busiestThread);
    if (last !== undefined && name !== undefined) this.#threadNames.set(last.busiestThread, name);
    const endedNs = this.#now();
    this.#detailsNotBeforeNs = Math.max(startedNs + windowNs, endedNs + restPerReading * (endedNs - startedNs));
  }

  #noteDetails(): void {
    this.#switches.add(this.#now(), this.#details.switches);
    this.#maxDescriptors = Math.max(this.#maxDescriptors, this.#details.descriptors ?? 0);
  }

  #readListeners(): void {
    const before = this.#listeners;
    const sockets = listeningSockets(this.pid)?.filter(({ address }) => !address.endsWith(`:${this.#hiddenPort}`));
    if (sockets === undefined) return;
    this.#listeners = sockets.map(({ queued, connections, ...socket }) => {
      const earlier = before?.find((each) => each.address === socket.address)?.queued.max ?? 0;
      const own = this.#redis?.address === socket.address ? 1 : 0;
      return { ...socket, connections: connections - own, queued: { last: queued, max: Math.max(queued, earlier) } };
    });
  }

  #tids(): Iterable<number> {
    return this.#watched.last?.threads.keys() ?? [];
  }

  #deny(what: string): void {
    this.#unreadable.set(what, `they belong to ${this.#identity.user}; run as ${this.#identity.user} or as root`);
  }
}

function memoryOf(windows: readonly UsageWindow[], now: ProcessSnapshot | undefined): ProcessProfile['rssBytes'] {
  const lastBytes = now?.rssBytes ?? 0;
  const [first, last] = [windows[0], windows.at(-1)];
  const minutes = first === undefined || last === undefined ? 0 : (last.toNs - first.toNs) / 6e10;
  const firstBytes = first?.rssBytes ?? lastBytes;
  return {
    first: firstBytes,
    last: lastBytes,
    max: Math.max(lastBytes, ...windows.map((window) => window.rssBytes)),
    growthPerMinute: minutes === 0 ? 0 : (lastBytes - firstBytes) / minutes,
  };
}
