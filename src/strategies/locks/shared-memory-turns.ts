import type { Futex, Watched } from './libc-futex.js';
import { layout, slotStart } from './shared-memory-region.js';

// Source: <linux/futex.h>, "robust futexes"
const FUTEX_WAITERS = 0x8000_0000 | 0;
const FUTEX_TID_MASK = 0x3fff_ffff;

/** What a waiter with a ticket finds. */
export type Sight =
  | { kind: 'free' }
  /** Not yet: sleep on this word before looking again. */
  | { kind: 'wait'; word: Watched /** The ticket that is on, when the slot is free all the same. */; idleTurn?: number }
  /** The others have gone past this ticket: draw another one. */
  | { kind: 'passed' };

/**
 * Tickets in front of each slot's mutex, for order only: whatever happens to these words, the mutex alone decides who is in. A ticket's
 * holder may take the mutex when `head` has come to it; once it has, it moves `head` on. `head` = `tail`: nobody waits.
 * Source: Mellor-Crummey and Scott, "Algorithms for scalable synchronization" (1991), §2.2, with a word to sleep on per ticket.
 */
export class SlotTurns {
  readonly #words: Int32Array;
  readonly #address: bigint;
  readonly #futexWord: number;
  readonly #futex: Futex;

  constructor(words: Int32Array, address: bigint, futexWord: number, futex: Futex) {
    this.#words = words;
    this.#address = address;
    this.#futexWord = futexWord;
    this.#futex = futex;
  }

  nobodyWaits(slot: number): boolean {
    const start = slotStart(slot);
    return Atomics.load(this.#words, start + layout.headWord) === Atomics.load(this.#words, start + layout.tailWord);
  }

  draw(slot: number): number {
    return Atomics.add(this.#words, slotStart(slot) + layout.tailWord, 1);
  }

  /** Ends the turn of `ticket`, if it is on, and calls the next one. */
  advance(slot: number, ticket: number): void {
    const start = slotStart(slot);
    const next = (ticket + 1) | 0;
    if (Atomics.compareExchange(this.#words, start + layout.headWord, ticket, next) !== ticket) return;
    // Whoever draws `next` after this look has seen the new head: both sides write first and read then.
    if (Atomics.load(this.#words, start + layout.tailWord) === next) return;
    const turn = turnWord(start, next);
    Atomics.store(this.#words, turn, next);
    this.#futex.wakeAll(this.#addressOf(turn));
  }

  look(slot: number, ticket: number): Sight {
    const start = slotStart(slot);
    const turn = turnWord(start, ticket);
    const called = Atomics.load(this.#words, turn);
    const head = Atomics.load(this.#words, start + layout.headWord);
    if (head === ticket) return this.#lookAtMutex(start + this.#futexWord);
    if (((head - ticket) | 0) > 0) return { kind: 'passed' };
    const word = { address: this.#addressOf(turn), expected: called };
    const owner = Atomics.load(this.#words, start + this.#futexWord) & FUTEX_TID_MASK;
    return owner === 0 ? { kind: 'wait', word, idleTurn: head } : { kind: 'wait', word };
  }

  /** Marks the mutex so that its release, or the death of its owner, wakes who sleeps on it. */
  #lookAtMutex(mutexWord: number): Sight {
    for (;;) {
      const value = Atomics.load(this.#words, mutexWord);
      if ((value & FUTEX_TID_MASK) === 0) return { kind: 'free' };
      const expected = value | FUTEX_WAITERS;
      if (Atomics.compareExchange(this.#words, mutexWord, value, expected) === value)
        return { kind: 'wait', word: { address: this.#addressOf(mutexWord), expected } };
    }
  }

  #addressOf(word: number): bigint {
    return this.#address + BigInt(word * 4);
  }
}

/** Tickets share these words only when more processes wait than there are of them: then too many wake up, which costs time only. */
const turnWord = (start: number, ticket: number): number => start + layout.turnWords + (ticket & (layout.turns - 1));
