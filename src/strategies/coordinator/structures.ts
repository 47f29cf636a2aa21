import type { Value } from '../strategy.js';
import { ServerQueue } from './server-queue.js';

/** The coordinator's structures by name; they come into being when they are first used. Values are kept decoded. */
export class Structures {
  readonly #dicts = new Map<string, Map<string, Value>>();
  readonly #queues = new Map<string, ServerQueue>();

  dict(name: string): Map<string, Value> {
    const known = this.#dicts.get(name);
    if (known !== undefined) return known;
    const dict = new Map<string, Value>();
    this.#dicts.set(name, dict);
    return dict;
  }

  queue(name: string): ServerQueue {
    const known = this.#queues.get(name);
    if (known !== undefined) return known;
    const queue = new ServerQueue();
    this.#queues.set(name, queue);
    return queue;
  }

  get entryCount(): number {
    let count = 0;
    for (const dict of this.#dicts.values()) count += dict.size;
    for (const queue of this.#queues.values()) count += queue.size;
    return count;
  }
}
