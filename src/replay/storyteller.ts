import type { LongHeldLock, SafetyExample } from '../measure/result.js';
import type { LostUpdate, StaleRead } from './entry-analysis.js';
import type { Commit, Section } from './evidence-reader.js';
import type { Overlap } from './section-analysis.js';

/** Long keys are cut for people; figures don't depend on it. */
const shownLetters = 80;

/** Puts what the oracle found into sentences that a person can follow: which key, which two processes, when. */
export class Storyteller {
  readonly #names: ReadonlyMap<number, string>;
  readonly #workers: readonly string[];
  readonly #kinds: readonly string[];
  readonly #fromNs: number;

  constructor(
    names: ReadonlyMap<number, string>,
    workers: readonly string[],
    kinds: readonly string[],
    fromNs: number,
  ) {
    this.#names = names;
    this.#workers = workers;
    this.#kinds = kinds;
    this.#fromNs = fromNs;
  }

  /** A lock's key, or `structure[key]`. */
  keyName(hash: number): string {
    const [space, ...rest] = (this.#names.get(hash) ?? `lock\u0000#${hash.toString(16)}`).split('\u0000');
    const key = rest.join('\u0000');
    const shown = key.length > shownLetters ? `${key.slice(0, shownLetters)}… (${key.length} letters)` : key;
    return space === 'lock' || space === 'guard' ? shown : `${space}[${shown}]`;
  }

  overlap({ first, second }: Overlap): SafetyExample {
    const key = this.keyName(first.key);
    const togetherNs = Math.min(first.exitNs, second.exitNs) - second.entryNs;
    const [a, b] = [first, second].map((one) => this.#side(one, one.entryNs, one.exitNs));
    const text =
      `key ${key}: ${this.#who(first)} was inside from ${this.#ms(first.entryNs)} to ${this.#ms(first.exitNs)} ms, ` +
      `${this.#who(second)} from ${this.#ms(second.entryNs)} to ${this.#ms(second.exitNs)} ms: ${(togetherNs / 1e6).toFixed(3)} ms together`;
    return { kind: 'overlap', key, text, sides: sidesOf(a, b) };
  }

  lostUpdate(hash: number, { first, second, underLocked }: LostUpdate): SafetyExample {
    const key = this.keyName(hash);
    const why = underLocked ? ' They held no lock in common: the trace guards too little.' : '';
    const text =
      `${key}: ${this.#who(first)} and ${this.#who(second)} both read version ${first.n - 1} and both stored version ${first.n}, ` +
      `done at ${this.#ms(first.endNs)} and ${this.#ms(second.endNs)} ms: one of the two updates is lost.${why}`;
    const [a, b] = [first, second].map((one) => this.#side(one, one.startNs, one.endNs));
    return { kind: underLocked ? 'underLocked' : 'lostUpdate', key, text, sides: sidesOf(a, b) };
  }

  missing(hash: number, last: Commit, committed: number, final: number): SafetyExample {
    const key = this.keyName(hash);
    const text =
      `${key}: ${committed} updates were stored one on top of the other, the last by ${this.#who(last)} at ${this.#ms(last.endNs)} ms, ` +
      `but the value read back in the end has only ${final}`;
    return { kind: 'lostUpdate', key, text, sides: [this.#side(last, last.startNs, last.endNs)] };
  }

  staleRead(hash: number, { read, newer, ageNs }: StaleRead): SafetyExample {
    const key = this.keyName(hash);
    const text =
      `${key}: ${this.#who(newer)} had stored version ${newer.n} by ${this.#ms(newer.endNs)} ms, but ${this.#who(read)}, ` +
      `reading ${(ageNs / 1e6).toFixed(3)} ms later, still saw version ${read.n}`;
    const sides = sidesOf(this.#side(newer, newer.startNs, newer.endNs), this.#side(read, read.startNs, read.endNs));
    return { kind: 'staleRead', key, text, sides };
  }

  longHeld(section: Section): LongHeldLock {
    return {
      key: this.keyName(section.key),
      holder: this.#workers[section.worker] ?? '?',
      operation: this.#kinds[section.kind] ?? '?',
      heldMs: (section.exitNs - section.entryNs) / 1e6,
      atMs: (section.entryNs - this.#fromNs) / 1e6,
    };
  }

  #who({ worker, kind }: { worker: number; kind: number }): string {
    return `${this.#workers[worker] ?? '?'} (${this.#kinds[kind] ?? '?'})`;
  }

  #side(one: { worker: number; kind: number }, fromNs: number, toNs: number): SafetyExample['sides'][number] {
    return {
      process: this.#workers[one.worker] ?? '?',
      operation: this.#kinds[one.kind] ?? '?',
      fromMs: (fromNs - this.#fromNs) / 1e6,
      toMs: (toNs - this.#fromNs) / 1e6,
    };
  }

  #ms(ns: number): string {
    return ((ns - this.#fromNs) / 1e6).toFixed(3);
  }
}

type Side = SafetyExample['sides'][number];

function sidesOf(...sides: (Side | undefined)[]): Side[] {
  return sides.filter((side) => side !== undefined);
}
