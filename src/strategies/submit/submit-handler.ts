import { setTimeout as sleep } from 'node:timers/promises';
import { challengeDigits } from '../../measure/challenge.js';
import type { Gate, Pass } from './gate.js';
import type { Recovered, Recovery } from './recovery.js';
import type { SubmitBody, SubmitReply } from './wire.js';

export interface HandlerSettings {
  /** What looking a row up in the replica takes. */
  lookupMs: number;
  /** What else a submit takes inside the gate. */
  workMs: number;
  /** Every tier there is. */
  tiers: readonly string[];
}

/** One submit as it arrived. `row`: what the replica holds of it. */
export type Received = SubmitBody & { row: number | undefined };

const challengeForm = new RegExp(`^[0-9a-f]{${challengeDigits}}$`);

/** What is wrong with a body, in words; undefined when nothing is. */
export function problemOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return 'expected a JSON object';
  const { account, epoch, tier, cid } = body as Record<string, unknown>;
  if (typeof account !== 'string' || account === '') return '"account": expected a text that is not empty';
  if (typeof epoch !== 'string' || epoch === '') return '"epoch": expected a text that is not empty';
  if (tier !== undefined && typeof tier !== 'string') return '"tier": expected a text, or none where it is not known';
  if (typeof cid !== 'string' || !challengeForm.test(cid)) return `"cid": expected ${challengeDigits} hex digits`;
  return undefined;
}

const lookedUp: Recovered = { seq: undefined, hits: 0, misses: 0, rebuilds: 0 };

/** Does what a submit endpoint does: enters the gate, looks the row up, recovers the sequence number where it is missing. */
export class SubmitHandler {
  readonly #gate: Gate;
  readonly #recovery: Recovery;
  readonly #settings: HandlerSettings;

  constructor(gate: Gate, recovery: Recovery, settings: HandlerSettings) {
    this.#gate = gate;
    this.#recovery = recovery;
    this.#settings = settings;
  }

  /**
   * Undefined when the gate had no place in time.
   * @param signal aborted when the client is gone: its place is given back at the next pause
   */
  async handle(received: Received, signal: AbortSignal): Promise<SubmitReply | undefined> {
    const askedMs = performance.now();
    const pass = await this.#gate.enter(signal);
    return pass === undefined ? undefined : this.#inside(received, pass, performance.now() - askedMs, signal);
  }

  async #inside(received: Received, pass: Pass, gateWaitMs: number, signal: AbortSignal): Promise<SubmitReply> {
    const { account, epoch, tier, cid, row } = received;
    const { lookupMs, workMs, tiers } = this.#settings;
    const enteredMs = performance.now();
    try {
      await pause(lookupMs, signal);
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
