import type { BlameRow } from '../measure/result.js';
import type { WaitShare } from './section-analysis.js';

/** Waiting while nobody held the lock: it went to the coordinator and the protocol. */
export const nobody = '(nobody)';

interface Entry {
  waiter: string;
  holder: string;
  waitNs: number;
  falseNs: number;
  byKey: Map<number, number>;
}

const keysAtMost = 10_000;
const rowsAtMost = 20;

/** Sums wait time by who waited and who held meanwhile, and tells true contention from false (another key of the same lock). */
export class Blame {
  readonly #kinds: readonly string[];
  readonly #nameOf: (key: number) => string;
  readonly #entries = new Map<string, Entry>();

  constructor(kinds: readonly string[], nameOf: (key: number) => string) {
    this.#kinds = kinds;
    this.#nameOf = nameOf;
  }

  add({ waiter, waitNs, holders }: WaitShare): void {
    let blamedNs = 0;
    for (const { section, ns } of holders) {
      blamedNs += ns;
      this.#addTo(waiter, this.#kinds[section.kind] ?? '?', ns, section.key !== waiter.key);
    }
    if (waitNs > blamedNs) this.#addTo(waiter, nobody, waitNs - blamedNs, false);
  }

  rows(): BlameRow[] {
    const rows = [...this.#entries.values()].map((entry): BlameRow => {
      const [top] = [...entry.byKey].reduce((best, one) => (one[1] > best[1] ? one : best), [0, 0]);
      return {
        waiter: entry.waiter,
        holder: entry.holder,
        key: this.#nameOf(top),
        waitMs: entry.waitNs / 1e6,
        falseSharingMs: entry.falseNs / 1e6,
        falseSharing: entry.falseNs > entry.waitNs / 2,
      };
    });
    return rows.sort((a, b) => b.waitMs - a.waitMs).slice(0, rowsAtMost);
  }

  /** Rows of several rounds added up by who waited for whom. */
  static merge(rounds: readonly Blame[]): BlameRow[] {
    const merged = new Map<string, BlameRow>();
    for (const row of rounds.flatMap((round) => round.rows())) {
      const name = `${row.waiter}\u0000${row.holder}`;
      const known = merged.get(name);
      if (known === undefined) merged.set(name, { ...row });
      else {
        if (row.waitMs > known.waitMs) known.key = row.key;
        known.waitMs += row.waitMs;
        known.falseSharingMs += row.falseSharingMs;
        known.falseSharing = known.falseSharingMs > known.waitMs / 2;
      }
    }
    return [...merged.values()].sort((a, b) => b.waitMs - a.waitMs);
  }

  #addTo({ kind, key }: WaitShare['waiter'], holder: string, ns: number, isFalse: boolean): void {
    const waiter = this.#kinds[kind] ?? '?';
    const name = `${waiter}\u0000${holder}`;
    const entry = this.#entries.get(name) ?? {
      waiter,
      holder,
      waitNs: 0,
      falseNs: 0,
      byKey: new Map<number, number>(),
    };
    this.#entries.set(name, entry);
    entry.waitNs += ns;
    if (isFalse) entry.falseNs += ns;
    if (entry.byKey.size < keysAtMost || entry.byKey.has(key)) entry.byKey.set(key, (entry.byKey.get(key) ?? 0) + ns);
  }
}
