import type { RedisLink } from './redis-link.js';

/** The wake-up calls for one client: a channel of its own, on a connection of its own. */
export class RedisWakeups {
  readonly #waiting = new Map<string, (fencingToken: number) => void>();

  private constructor(readonly link: RedisLink) {
    link.client.on('message', (_channel: string, message: string) => this.#deliver(message));
  }

  static async listen(link: RedisLink, channel: string): Promise<RedisWakeups> {
    const wakeups = new RedisWakeups(link);
    await link.client.subscribe(channel);
    return wakeups;
  }

  /** Has `woken` called when the lock is handed to `token`; before asking for the lock, as the two connections race. */
  expect(token: string, woken: (fencingToken: number) => void): void {
    this.#waiting.set(token, woken);
  }

  forget(token: string): void {
    this.#waiting.delete(token);
  }

  #deliver(message: string): void {
    const [token = '', fencingToken] = message.split(' ');
    this.#waiting.get(token)?.(Number(fencingToken));
  }
}
