import type { LockHandle, Value } from '../strategies/strategy.js';
import type { Environment } from './environment.js';
import { entryName, guardName, lockName, recordTypes } from './evidence.js';
import { bodyOf, type MarkedValue, marksOf } from './marked-value.js';
import type { Scope } from './resolver.js';
import { type CallCounter, Stopwatch } from './stopwatch.js';
import { WorkloadMeter } from './workload-meter.js';
import { type CheckedAnswer, WorkloadTallies } from './workload-tally.js';

interface Held {
  handle: LockHandle;
  keys: readonly string[];
  askNs: number;
  entryNs: number;
}

interface Deferred {
  structure: string;
  key: string;
  value: MarkedValue;
}

interface Seen {
  n: number;
  body: Value | undefined;
}

/** One operation under way: what it holds, what it has read, and where its time goes. */
export class OperationRun {
  readonly stopwatch: Stopwatch;
  readonly scope: Scope;
  /** Nanoseconds from asking for each lock to having it, and from having it to giving it up. */
  readonly lockWaitsNs: number[] = [];
  readonly holdsNs: number[] = [];
  /** Called where the operation is still under way when its part of the round is over. */
  onUnfinished: (() => void) | undefined;
  readonly #environment: Environment;
  readonly #kind: number;
  readonly #operation: number;
  readonly #seen = new Map<string, Seen>();
  /** Names in `#seen`, in the order in which they were first read. */
  readonly #seenNames: string[] = [];
  readonly #tallies: WorkloadTallies;
  #held: Held | undefined;
  #deferred: Deferred | undefined;

  constructor(
    environment: Environment,
    counter: CallCounter,
    kind: number,
    operation: number,
    fields: Scope['fields'],
    startNs: number,
    tallies: WorkloadTallies = new WorkloadTallies(),
  ) {
    this.#environment = environment;
    this.#tallies = tallies;
    this.#kind = kind;
    this.#operation = operation;
    this.scope = { fields, item: '' };
    this.stopwatch = new Stopwatch(environment.clock, counter, startNs);
  }

  /** Share of recorded rows that cycles make; undefined: as the trace says. */
  get payloadScale(): number | undefined {
    return this.#environment.payloadScale;
  }

  /** Aborted when the run is over. */
  get signal(): AbortSignal {
    return this.#environment.signal;
  }

  /** Share of submits whose row is missing in the replica, instead of those recorded so. */
  get missRate(): number | undefined {
    return this.#environment.missRate;
  }

  /** A moment at which all processes are there that the operation started. */
  glanceAtMemory(): void {
    this.#environment.memory?.glance();
  }

  /** Nanoseconds since the origin of the round. */
  nowNs(): number {
    return this.#environment.clock.nowNs();
  }

  get holdsLock(): boolean {
    return this.#held !== undefined;
  }

  async wait(ms: number, phase: 'wait' | 'disk'): Promise<void> {
    const { alarm, clock, workScale } = this.#environment;
    this.stopwatch.enter(phase);
    await alarm.until(clock.nowNs() + ms * workScale * 1e6);
  }

  compute(ms: number): void {
    this.stopwatch.enter('cpu');
    this.#environment.compute(ms * this.#environment.workScale);
  }

  async lock(keys: readonly string[], timeoutMs: number): Promise<void> {
    const { clock, session, signal } = this.#environment;
    this.stopwatch.enter('acquire');
    const askNs = clock.nowNs();
    try {
      const handle = await session.locks.acquire(keys, { timeoutMs, signal }, this.stopwatch);
      const entryNs = clock.nowNs();
      this.lockWaitsNs.push(entryNs - askNs);
      this.#held = { handle, keys, askNs, entryNs };
      this.#environment.onEntry?.(keys);
    } catch (error) {
      const nowNs = clock.nowNs();
      this.lockWaitsNs.push(nowNs - askNs);
      for (const key of keys) this.#record(recordTypes.failedWait, lockName(key), this.#operation, askNs, nowNs);
      throw error;
    }
  }

  async unlock(): Promise<void> {
    const held = this.#held;
    if (held === undefined) return;
    this.stopwatch.enter('release');
    const deferred = this.#deferred;
    if (deferred !== undefined && held.handle.releaseWith !== undefined) {
      const startNs = this.#environment.clock.nowNs();
      this.#leave(held);
      await held.handle.releaseWith(deferred, this.stopwatch);
      this.#committed(deferred.structure, deferred.key, deferred.value.n, deferred.value.by, startNs, held.keys);
      return;
    }
    this.#leave(held);
    await held.handle.release(this.stopwatch);
  }

  /** Gives up what a failed operation still holds; its deferred write is dropped with it. */
  async abandon(): Promise<void> {
    this.#deferred = undefined;
    await this.unlock().catch(() => {});
  }

  async read(structure: string, key: string): Promise<void> {
    const { clock, session } = this.#environment;
    this.stopwatch.enter('read');
    const startNs = clock.nowNs();
    const value = await session.state.get(structure, key, this.stopwatch);
    this.#sawEntry(structure, key, value, startNs);
  }

  async readAll(structure: string): Promise<void> {
    const { clock, session, verifiable } = this.#environment;
    this.stopwatch.enter('read');
    const startNs = clock.nowNs();
    const entries = await session.state.entries(structure, this.stopwatch);
    if (!verifiable.has(structure)) return;
    for (const [key, value] of entries) this.#sawEntry(structure, key, value, startNs);
  }

  async keys(structure: string): Promise<string[]> {
    this.stopwatch.enter('read');
    return (await this.#environment.session.state.keys(structure, this.stopwatch)) ?? [];
  }

  /** Writes an entry whole: what this operation read of it plus its own mark, or blindly when it read nothing. */
  async write(structure: string, key: string, bytes: number | undefined, mayDefer: boolean): Promise<void> {
    const { clock, session, nextMark } = this.#environment;
    this.stopwatch.enter('write');
    const seen = this.#seen.get(entryName(structure, key));
    const body = bytes === undefined ? (seen?.body ?? this.body(structure)) : this.body(structure, bytes);
    const value = { n: (seen?.n ?? 0) + 1, by: nextMark(), body };
    if (mayDefer && this.#held?.handle.releaseWith !== undefined) {
      this.#deferred = { structure, key, value };
      return;
    }
    const startNs = clock.nowNs();
    await session.state.set(structure, key, value, this.stopwatch);
    this.#committed(structure, key, value.n, value.by, startNs, this.#held?.keys ?? []);
    if (seen !== undefined) this.#seen.set(entryName(structure, key), { n: value.n, body });
  }

  async patch(structure: string, key: string, bytes: number): Promise<void> {
    const { clock, session, nextMark } = this.#environment;
    this.stopwatch.enter('write');
    const mark = nextMark();
    const startNs = clock.nowNs();
    const added = await session.state.patch(structure, key, this.#patchOf(mark, bytes), this.stopwatch);
    this.#committed(structure, key, added?.n, mark, startNs, this.#held?.keys ?? []);
  }

  async patchMany(structure: string, keys: readonly string[], bytes: number): Promise<void> {
    const { clock, session, nextMark } = this.#environment;
    this.stopwatch.enter('write');
    const patches = keys.map((key) => [key, this.#patchOf(nextMark(), bytes)] as const);
    const startNs = clock.nowNs();
    const added = await session.state.patchMany(structure, patches, this.stopwatch);
    for (const [index, [key, patch]] of patches.entries()) {
      this.#committed(structure, key, added?.[index]?.n, patch.set.by, startNs, this.#held?.keys ?? []);
    }
  }

  /** This operation's stopwatch, which also keeps the figures and counts of a workload. */
  workload(name: string): WorkloadMeter {
    return new WorkloadMeter(this.stopwatch, this.#tallies.of(name));
  }

  /** Notes an answer that was held against the trace since `startNs`. */
  answered(workload: string, answer: CheckedAnswer & { key: string; example: string; startNs: number }): void {
    const { key, example: text, startNs: fromNs } = answer;
    this.#tallies.of(workload).answered(answer, () => ({ key, text, fromNs, toNs: this.nowNs() }));
  }

  /** Session, with the phase set for one call on it. */
  session(phase: 'wait' | 'read' | 'write' | 'queue'): Environment['session'] {
    this.stopwatch.enter(phase);
    return this.#environment.session;
  }

  body(structure: string, bytes?: number): Value {
    const shape = this.#environment.shapes.get(structure) ?? { bytes: 200, shape: 'nested' };
    return this.#environment.bodies.make(bytes === undefined ? shape : { bytes, shape: shape.shape });
  }

  /** A value for a structure that the oracle does not follow. */
  blindValue(structure: string, bytes?: number): Value {
    return { n: 0, by: this.#environment.nextMark(), body: this.body(structure, bytes) };
  }

  /** How many entries were read so far: where to forget from. */
  get seenCount(): number {
    return this.#seenNames.length;
  }

  /** Forgets what was read since `seenCount` was `from`, unless a lock is held that it could still be written back under. */
  forget(from: number): void {
    if (this.#held !== undefined) return;
    for (const name of this.#seenNames.splice(from)) this.#seen.delete(name);
  }

  #patchOf(mark: number, bytes: number): { set: { by: number; patched: Value }; add: { n: number } } {
    return { set: { by: mark, patched: 'x'.repeat(bytes) }, add: { n: 1 } };
  }

  #sawEntry(structure: string, key: string, value: Value | undefined, startNs: number): void {
    const name = entryName(structure, key);
    const { n, by } = marksOf(value);
    if (!this.#seen.has(name)) this.#seenNames.push(name);
    this.#seen.set(name, { n, body: bodyOf(value) });
    const { clock, verifiable } = this.#environment;
    if (verifiable.has(structure)) this.#record(recordTypes.read, name, this.#operation, startNs, clock.nowNs(), by, n);
  }

  #committed(
    structure: string,
    key: string,
    n: number | undefined,
    mark: number,
    startNs: number,
    locks: readonly string[],
  ): void {
    const { clock, evidence, verifiable } = this.#environment;
    if (n === undefined || !verifiable.has(structure)) return;
    const name = entryName(structure, key);
    const hashes = locks.map((lock) => evidence.identify(lockName(lock)));
    this.#record(recordTypes.commit, name, mark, startNs, clock.nowNs(), n, this.#operation, hashes[0] ?? 0);
    for (let index = 1; index < hashes.length; index += 5) {
      const [a = 0, b = 0, c = 0, d = 0, e = 0] = hashes.slice(index, index + 5);
      this.#record(recordTypes.commitLocks, name, mark, a, b, c, d, e);
    }
  }

  /** The section is over as soon as the release is asked for: from then on another may be let in. */
  #leave(held: Held): void {
    const exitNs = this.#environment.clock.nowNs();
    const { askNs, entryNs } = held;
    this.#held = undefined;
    this.#deferred = undefined;
    this.holdsNs.push(exitNs - entryNs);
    for (const [index, key] of held.keys.entries()) {
      const guard = held.handle.guards?.[index];
      const name = lockName(key);
      const guarded = guard === undefined ? 0 : 1;
      this.#record(recordTypes.section, name, this.#operation, askNs, entryNs, exitNs, guarded);
      if (guard === undefined) continue;
      const keyHash = this.#environment.evidence.identify(name);
      this.#record(recordTypes.guardSection, guardName(guard), this.#operation, askNs, entryNs, exitNs, keyHash);
    }
  }

  #record(type: number, name: string, ...columns: [number, number, number?, number?, number?, number?]): void {
    const { evidence } = this.#environment;
    evidence.record(type, this.#kind, evidence.identify(name), ...columns);
  }
}
