import { setTimeout as sleep } from 'node:timers/promises';
import { challengeDigits, isChallengeId } from '../../measure/challenge.js';
import type { Gate, Pass } from './gate.js';
import { plainNames } from './plain-names.js';
import type { Recovered, Recovery } from './recovery.js';
import type { Replica } from './replica.js';
import type { SubmitBody, SubmitReply } from './wire.js';

export interface HandlerSettings {
  /** What looking a row up takes on top of the call to the replica: a database has more to do. */
  lookupMs: number;
  /** What else a submit takes inside the gate. */
  workMs: number;
  /** Every tier there is. */
  tiers: readonly string[];
}

/** One submit as it arrived. `lagged`: its row has not come to the replica yet. */
export type Received = SubmitBody & { lagged: boolean };

/** What is wrong with a body, in words; undefined when nothing is. */
export function problemOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return 'expected a JSON object';
  const { account, epoch, tier, cid } = body as Record<string, unknown>;
  if (typeof account !== 'string' || account === '') return '"account": expected a text that is not empty';
  if (typeof epoch !== 'string' || epoch === '') return '"epoch": expected a text that is not empty';
  if (tier !== undefined && typeof tier !== 'string') return '"tier": expected a text, or none where it is not known';
  if (typeof cid !== 'string' || !isChallengeId(cid)) return `"cid": expected ${challengeDigits} hex digits`;
  return undefined;
}

/** What is wrong with rows for the replica, in words; undefined when nothing is. */
export function problemOfRows(body: unknown): string | undefined {
  if (!Array.isArray(body)) return 'expected a list of rows';
  for (const [index, row] of body.entries()) {
    const seq = (row as { seq?: unknown } | null)?.seq;
    const sound = Number.isSafeInteger(seq) && Number(seq) >= 0;
    const problem = problemOf(row) ?? (sound ? undefined : '"seq": expected a whole number from 0');
    if (problem !== undefined) return `row ${index + 1}: ${problem}`;
  }
  return undefined;
}

export interface HandlerParts {
  gate: Gate;
  replica: Replica;
  recovery: Recovery;
}

const lookedUp: Recovered = { seq: undefined, hits: 0, misses: 0, rebuilds: 0 };

/** Does what a submit endpoint does: enters the gate, looks the row up in the replica, recovers the sequence number where it is missing. */
export class SubmitHandler {
  readonly #gate: Gate;
  readonly #replica: Replica;
  readonly #recovery: Recovery;
  readonly #settings: HandlerSettings;

  constructor({ gate, replica, recovery }: HandlerParts, settings: HandlerSettings) {
    this.#gate = gate;
    this.#replica = replica;
    this.#recovery = recovery;
    this.#settings = settings;
  }

  /**
   * Undefined when the gate had no place in time.
   * @param signal aborted when the client is gone: its place is given back at the next pause
   */
  async handle(submitted: Received, signal: AbortSignal): Promise<SubmitReply | undefined> {
    const received = { ...submitted, ...plainNames(submitted) };
    const askedMs = performance.now();
    const pass = await this.#gate.enter(signal);
    return pass === undefined ? undefined : this.#inside(received, pass, performance.now() - askedMs, signal);
  }

  async #inside(received: Received, pass: Pass, gateWaitMs: number, signal: AbortSignal): Promise<SubmitReply> {
    const { account, epoch, tier, cid, lagged } = received;
    const { lookupMs, workMs, tiers } = this.#settings;
    const enteredMs = performance.now();
    try {
      // A replica that lags answers as late as one that has the row.
      const held = await this.#replica.find(received);
      await pause(lookupMs, signal);
      const row = lagged ? undefined : held;
      const missingMs = performance.now();
      const recovered = row === undefined;
      const tried = tier === undefined ? tiers : [tier];
      const found = recovered ? await this.#recovery.recover(account, epoch, tried, cid, signal) : lookedUp;
      const recoveryMs = performance.now() - missingMs;
      await pause(workMs, signal);
      const inGateMs = performance.now() - enteredMs;
      const { seq = row ?? 'unknown', hits: indexHits, misses: indexMisses, rebuilds: indexRebuilds } = found;
      return { seq, recovered, gateWaitMs, inGateMs, recoveryMs, indexHits, indexMisses, indexRebuilds };
    } finally {
      await pass.leave();
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal });
}
