import type { Value } from '../strategy.js';

export type Taker = (item: Value) => void;

/** A queue as the coordinator keeps it: items and takers are both served first come, first served. */
export class ServerQueue {
  #items: Value[] = [];
  /** Index of the oldest item: taking moves it, so that a long queue is not shifted each time. */
  #head = 0;
  readonly #takers = new Set<Taker>();

  get size(): number {
    return this.#items.length - this.#head;
  }

  put(item: Value): void {
    for (const taker of this.#takers) {
      this.#takers.delete(taker);
      taker(item);
      return;
    }
    this.#items.push(item);
  }

  /** Undefined when it is empty. */
  take(): Value | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = null;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Gives back an item whose taker has gone: it is the oldest again. */
  giveBack(item: Value): void {
    for (const taker of this.#takers) {
      this.#takers.delete(taker);
      taker(item);
      return;
    }
    if (this.#head > 0) this.#items[--this.#head] = item;
    else this.#items.unshift(item);
  }

  wait(taker: Taker): void {
    this.#takers.add(taker);
  }

  stopWaiting(taker: Taker): void {
    this.#takers.delete(taker);
  }
}
