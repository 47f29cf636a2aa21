import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Clock, clockFrom, monotonicNs } from '#src/measure/clock.js';
import { type Alarm, startAlarm } from '#src/replay/alarm/alarm.js';
import type { Environment } from '#src/replay/environment.js';
import { EvidenceWriter } from '#src/replay/evidence.js';
import { type KeyEvidence, readNames, readPartition } from '#src/replay/evidence-reader.js';
import { BodyMaker } from '#src/replay/marked-value.js';
import { OperationRun } from '#src/replay/operation-run.js';
import { CallCounter } from '#src/replay/stopwatch.js';
import { WorkloadTallies } from '#src/replay/workload-tally.js';
import type { LockHandle, PendingWrite, Session, Value } from '#src/strategies/strategy.js';

/** A session in this process that remembers what it was asked for. */
export class RecordingSession {
  readonly asked: string[] = [];
  readonly values = new Map<string, Value>();
  readonly session: Session;
  /** What a handle can do beyond releasing. */
  readonly #releasesWith: boolean;

  constructor(releasesWith = false) {
    this.#releasesWith = releasesWith;
    this.session = { locks: { acquire: (keys) => this.#acquire(keys) }, state: this.#state(), close: async () => {} };
  }

  async #acquire(keys: readonly string[]): Promise<LockHandle> {
    this.asked.push(`acquire ${keys.join('+')}`);
    const release = async (): Promise<void> => void this.asked.push('release');
    if (!this.#releasesWith) return { fencingToken: 1, release };
    const releaseWith = async ({ structure, key, value }: PendingWrite): Promise<void> => {
      this.asked.push(`release with ${structure}[${key}]`);
      this.values.set(key, value);
    };
    return { fencingToken: 1, release, releaseWith };
  }

  #state(): Session['state'] {
    const note = (text: string): void => void this.asked.push(text);
    return {
      get: async (structure, key) => {
        note(`get ${structure}[${key}]`);
        return this.values.get(key);
      },
      set: async (structure, key, value) => {
        note(`set ${structure}[${key}]`);
        this.values.set(key, value);
      },
      patch: async (structure, key, patch) => {
        note(`patch ${structure}[${key}]`);
        return { ...patch.add };
      },
      patchMany: async (structure, patches) => {
        note(`patchMany ${structure}[${patches.map(([key]) => key).join()}]`);
        return patches.map(([, patch]) => ({ ...patch.add }));
      },
      delete: async (structure, key) => note(`delete ${structure}[${key}]`),
      keys: async (structure) => {
        note(`keys ${structure}`);
        return [...this.values.keys()];
      },
      entries: async (structure) => {
        note(`entries ${structure}`);
        return [...this.values];
      },
      setMany: async (structure, entries) => note(`setMany ${structure}[${entries.map(([key]) => key).join()}]`),
      replaceAll: async (structure, entries) => note(`replaceAll ${structure}[${entries.map(([key]) => key).join()}]`),
      clear: async (structure) => note(`clear ${structure}`),
      put: async (queue) => note(`put ${queue}`),
      take: async (queue, timeoutMs) => {
        note(`take ${queue} within ${timeoutMs} ms`);
        return undefined;
      },
    };
  }
}

/** What a worker's operations share, with the evidence they leave. */
export class Bench {
  readonly environment: Environment;
  readonly #directory = mkdtempSync(join(tmpdir(), 'replay-test-'));

  static async open(context: TestContext, session: Session, verifiable: readonly string[] = []): Promise<Bench> {
    const clock = clockFrom(monotonicNs());
    return new Bench(context, session, verifiable, clock, await startAlarm(clock));
  }

  private constructor(
    context: TestContext,
    session: Session,
    verifiable: readonly string[],
    clock: Clock,
    alarm: Alarm,
  ) {
    let marks = 0;
    this.environment = {
      clock,
      alarm,
      session,
      evidence: new EvidenceWriter(this.#directory, 0, 1),
      bodies: new BodyMaker(),
      shapes: new Map(),
      verifiable: new Set(verifiable),
      workScale: 1,
      payloadScale: undefined,
      compute: () => {},
      nextMark: () => ++marks,
      signal: new AbortController().signal,
    };
    context.after(async () => {
      await alarm.close();
      rmSync(this.#directory, { recursive: true });
    });
  }

  run(fields: Record<string, string | number> = {}, operation = 1, tallies = new WorkloadTallies()): OperationRun {
    const startNs = this.environment.clock.nowNs();
    return new OperationRun(this.environment, new CallCounter(), 0, operation, fields, startNs, tallies);
  }

  /** Everything written down so far, by name. */
  evidence(): Map<string, KeyEvidence> {
    this.environment.evidence.flush();
    const names = readNames(this.#directory, 1);
    return new Map([...readPartition(this.#directory, 1, 0)].map(([key, one]) => [names.get(key) ?? '?', one]));
  }
}
