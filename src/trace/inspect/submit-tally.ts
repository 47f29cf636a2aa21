import type { SubmitStep, TraceOperation } from '../operation.js';
import { fillText } from '../placeholder.js';

/** What a trace's submits ask of an endpoint. */
export interface SubmitInspection {
  count: number;
  /** Those whose row was missing in the replica, as recorded. */
  missing: number;
  /** Those whose tier nobody knows. */
  withoutTier: number;
  /** Those whose challenge id must come back unknown. */
  unknown: number;
  /** The most accounts that submit within one epoch: an index needs a map for each of them, and for each tier. */
  accountsInEpoch: number;
  /** Whether there were too many to count them all. */
  atLeast: boolean;
}

/** Accounts and epochs counted, over all epochs. */
const countedAtMost = 200_000;

/** Counts what the submits of a trace have in common, in bounded memory. */
export class SubmitTally {
  readonly #accounts = new Map<string, Set<string>>();
  readonly #seen = { count: 0, missing: 0, withoutTier: 0, unknown: 0 };
  #counted = 0;

  add(
    { account, epoch, tier = 'unknown', seq, lagged }: SubmitStep,
    fields: NonNullable<TraceOperation['fields']>,
    item: string | undefined,
  ): void {
    const filled = (text: string | number | undefined): string => fillText(String(text ?? ''), fields, item);
    this.#seen.count += 1;
    if (filled(lagged) === '1') this.#seen.missing += 1;
    if (filled(tier) === 'unknown') this.#seen.withoutTier += 1;
    if (filled(seq) === 'unknown') this.#seen.unknown += 1;
    this.#count(filled(epoch), filled(account));
  }

  /** Undefined where there are no submits. */
  inspection(): SubmitInspection | undefined {
    if (this.#seen.count === 0) return undefined;
    let accountsInEpoch = 0;
    for (const { size } of this.#accounts.values()) accountsInEpoch = Math.max(accountsInEpoch, size);
    return { ...this.#seen, accountsInEpoch, atLeast: this.#counted >= countedAtMost };
  }

  #count(epoch: string, account: string): void {
    if (this.#counted >= countedAtMost) return;
    const known = this.#accounts.get(epoch) ?? new Set();
    this.#accounts.set(epoch, known);
    if (known.has(account)) return;
    known.add(account);
    this.#counted += 1;
  }
}
