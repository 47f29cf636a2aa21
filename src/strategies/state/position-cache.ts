import type { Value } from '../strategy.js';
import type { FeedListener } from './invalidation-feed.js';

/** A copy being made; it is not kept if it may be out of date by the time it is there. */
export interface Draft {
  tainted: boolean;
}

/** Copies of entries in this process' memory. Whoever puts in or takes out copies the value. */
export class PositionCache implements FeedListener {
  readonly #copies = new Map<string, Map<string, Value>>();
  readonly #drafts = new Map<string, Map<string, Set<Draft>>>();

  get(structure: string, key: string): Value | undefined {
    return this.#copies.get(structure)?.get(key);
  }

  /** Begins a copy. Older ones stay in use until {@link keep}. */
  draft(structure: string, key: string): Draft {
    const draft = { tainted: false };
    inner(inner(this.#drafts, structure), key, () => new Set<Draft>()).add(draft);
    return draft;
  }

  /** Ends a draft; keeps `value` unless something changed meanwhile. Undefined: no entry, nothing to keep. */
  keep(structure: string, key: string, draft: Draft, value: Value | undefined): void {
    const drafts = this.#drafts.get(structure)?.get(key);
    drafts?.delete(draft);
    if (drafts?.size === 0) this.#drafts.get(structure)?.delete(key);
    if (draft.tainted || value === undefined) return;
    inner(this.#copies, structure).set(key, value);
  }

  changed(structure: string, keys: readonly string[]): void {
    for (const key of keys) {
      this.#copies.get(structure)?.delete(key);
      for (const draft of this.#drafts.get(structure)?.get(key) ?? []) draft.tainted = true;
    }
  }

  reset(): void {
    this.#copies.clear();
    for (const drafts of this.#drafts.values())
      for (const set of drafts.values()) for (const draft of set) draft.tainted = true;
  }
}

function inner<K, J, V>(outer: Map<K, Map<J, V>>, key: K): Map<J, V>;
function inner<K, V>(outer: Map<K, V>, key: K, make: () => V): V;
function inner<K, V>(outer: Map<K, V>, key: K, make: () => V = () => new Map() as V): V {
  const known = outer.get(key);
  if (known !== undefined) return known;
  const made = make();
  outer.set(key, made);
  return made;
}
