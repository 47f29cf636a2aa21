import { IpcbenchError } from '../../errors.js';
import type { RedisLink } from '../locks/redis-link.js';
import type { Meter } from '../strategy.js';

/** Messages of the handshake of one connection: PING and its reply, which make sure that commands are obeyed. */
const handshakeMessages = 2;
const handshakeBytes = { sent: 14, received: 7 };
/** How much longer than asked a blocked pop may take before its connection is given up, in ms. */
const graceMs = 10_000;

/** Waits for items of queues, each wait on a connection of its own, so that no other call queues behind it. Connections are kept for the next. */
export class RedisTakers {
  readonly #open: () => Promise<RedisLink>;
  readonly #idle: RedisLink[] = [];
  readonly #all = new Set<RedisLink>();
  #closed = false;

  /** @param open opens a connection without a time-out on its replies */
  constructor(open: () => Promise<RedisLink>) {
    this.#open = open;
  }

  /** Takes the oldest item's bytes; anything else when there was none in time. */
  async take(list: string, timeoutMs: number, meter: Meter): Promise<unknown> {
    const link = this.#idle.pop() ?? (await this.#connect(meter));
    // A server that hangs would hold the caller for ever.
    const late = setTimeout(() => link.close(), timeoutMs + graceMs);
    try {
      const reply = await link.bytes('BLPOP', [list, timeoutMs / 1_000], meter);
      this.#idle.push(link);
      return Array.isArray(reply) ? reply[1] : undefined;
    } catch (error) {
      this.#all.delete(link);
      link.close();
      throw this.#closed ? closed() : error;
    } finally {
      clearTimeout(late);
    }
  }

  close(): void {
    this.#closed = true;
    for (const link of this.#all) link.close();
  }

  async #connect(meter: Meter): Promise<RedisLink> {
    if (this.#closed) throw closed();
    const link = await this.#open();
    if (this.#closed) {
      link.close();
      throw closed();
    }
    meter.connection(handshakeMessages, handshakeBytes.sent, handshakeBytes.received);
    this.#all.add(link);
    return link;
  }
}

function closed(): IpcbenchError {
  return new IpcbenchError('CLOSED', 'this Redis session is closed: connect a new one');
}
