import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { IpcbenchError, isIpcbenchError, messageOf } from '../../errors.js';
import { openTelemetry } from '../../telemetry/telemetry.js';
import { type Meter, noMeter } from '../strategy.js';
import type { RedisScript } from './redis-scripts.js';
import type { RedisTarget } from './redis-target.js';
import { type RedisArgument, replyBytes, requestBytes } from './redis-wire.js';

/**
 * How long a connection with commands under way may be silent before it is given up, at most twice this. Only a Redis that hangs takes
 * so long, as no command blocks on such a connection. One watch for all commands: a timer for each would be a tenth of a lock's cost.
 */
const silenceMs = 6_000;
const connectTimeoutMs = 5_000;

/** One connection to Redis, which counts what it sends and says in one line what went wrong. It never reconnects: locks don't survive that. */
export class RedisLink {
  /** Aborted, with the reason, once the connection is gone. */
  readonly gone: AbortSignal;
  readonly #gone = new AbortController();
  readonly #telemetry = openTelemetry();
  #sent = 0;
  #answered = 0;

  private constructor(
    readonly client: Redis,
    readonly label: string,
    blocking: boolean,
  ) {
    this.gone = this.#gone.signal;
    const watch = blocking ? undefined : this.#watch();
    client.once('end', () => {
      clearInterval(watch);
      this.#gone.abort(lost(label));
    });
  }

  /**
   * Connects and makes sure that commands are obeyed.
   * @param options.blocking for commands that wait: a reply may take any time
   * @throws IpcbenchError `UNAVAILABLE` refused, not there, or it wants a (different) password
   */
  static async open(target: RedisTarget, options: { blocking?: boolean } = {}): Promise<RedisLink> {
    const client = clientOf(target);
    let cause: unknown;
    client.on('error', (error: unknown) => {
      cause ??= error;
    });
    try {
      await client.connect();
      await promptly(client.ping());
    } catch (error) {
      client.disconnect();
      throw refused(target.label, cause ?? error);
    }
    return new RedisLink(client, target.label, options.blocking ?? false);
  }

  /** @throws IpcbenchError `COORDINATOR_LOST`, or `UNAVAILABLE` where Redis answers with an error */
  command(name: string, parts: readonly RedisArgument[], meter?: Meter): Promise<unknown> {
    return this.#counted(name, parts, this.client.call(name, [...parts]), meter);
  }

  /** The same, with every string of the reply as bytes. */
  bytes(name: string, parts: readonly RedisArgument[], meter?: Meter): Promise<unknown> {
    return this.#counted(name, parts, this.client.callBuffer(name, [...parts]), meter);
  }

  /** Runs a script by its digest, or in full where the server doesn't know it (any more). */
  async script(
    script: RedisScript,
    keys: readonly string[],
    values: readonly RedisArgument[],
    meter?: Meter,
  ): Promise<unknown> {
    const parts = [script.sha1, keys.length, ...keys, ...values];
    const told = this.#telemetry?.startRedisCommand('EVALSHA', meter?.parent);
    try {
      this.#sent += 1;
      const reply = await this.client.call('EVALSHA', parts);
      this.#answered += 1;
      count(meter, 'EVALSHA', parts, reply);
      told?.();
      return reply;
    } catch (error) {
      this.#answered += 1;
      told?.(error);
      if (!messageOf(error).startsWith('NOSCRIPT')) throw this.#translate('EVALSHA', error);
      parts[0] = script.source;
      return this.command('EVAL', parts, meter);
    }
  }

  /** Makes the scripts known to the server, so that their first use takes one round trip as well. */
  async load(scripts: readonly RedisScript[]): Promise<void> {
    await Promise.all(scripts.map((script) => this.command('SCRIPT', ['LOAD', script.source])));
  }

  /** Ends the connection without waiting for replies. */
  close(): void {
    this.client.disconnect();
  }

  async #counted(
    name: string,
    parts: readonly RedisArgument[],
    sent: Promise<unknown>,
    meter?: Meter,
  ): Promise<unknown> {
    const told = this.#telemetry?.startRedisCommand(name, meter?.parent);
    try {
      this.#sent += 1;
      const reply = await sent;
      this.#answered += 1;
      count(meter, name, parts, reply);
      told?.();
      return reply;
    } catch (error) {
      this.#answered += 1;
      told?.(error);
      throw this.#translate(name, error);
    }
  }

  #translate(name: string, error: unknown): IpcbenchError {
    const reason = messageOf(error);
    if (error instanceof Error && error.name === 'ReplyError') {
      return new IpcbenchError('UNAVAILABLE', `Redis at ${this.label} refuses ${name}: ${reason}`, { cause: error });
    }
    const known: unknown = this.gone.reason;
    return isIpcbenchError(known)
      ? new IpcbenchError(known.code, known.message, { cause: error })
      : lost(this.label, error);
  }

  /** Gives the connection up when commands were under way and none was answered between two looks. */
  #watch(): NodeJS.Timeout {
    let seen = { answered: 0, open: 0 };
    return setInterval(() => {
      const open = this.#sent - this.#answered;
      if (open > 0 && seen.open > 0 && seen.answered === this.#answered) {
        this.#gone.abort(silent(this.label));
        this.client.disconnect();
      }
      seen = { answered: this.#answered, open };
    }, silenceMs).unref();
  }
}

/** A server that accepts connections may still be paused. */
async function promptly(answer: Promise<unknown>): Promise<void> {
  const late = new AbortController();
  const tooLate = delay(connectTimeoutMs, undefined, { signal: late.signal }).then(() => {
    throw new Error(`no answer within ${connectTimeoutMs / 1_000} s`);
  });
  await Promise.race([answer, tooLate]).finally(() => late.abort());
}

function count(meter: Meter | undefined, name: string, parts: readonly RedisArgument[], reply: unknown): void {
  if (meter !== undefined && meter !== noMeter) meter.call(requestBytes(name, parts), replyBytes(reply));
}

function clientOf(target: RedisTarget): Redis {
  return new Redis({
    ...(target.path === undefined
      ? { host: target.host ?? '127.0.0.1', port: target.port ?? 6379 }
      : { path: target.path }),
    ...(target.tls ? { tls: {} } : {}),
    username: target.username,
    password: target.password,
    db: target.database,
    protocol: 2,
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    retryStrategy: null,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true,
  });
}

function lost(label: string, cause?: unknown): IpcbenchError {
  return new IpcbenchError(
    'COORDINATOR_LOST',
    `Redis at ${label} closed the connection: the server ended or dropped this client`,
    {
      cause,
    },
  );
}

function silent(label: string): IpcbenchError {
  const what = `Redis at ${label} has not answered for ${silenceMs / 1_000} s and is given up: is it paused or overloaded?`;
  return new IpcbenchError('COORDINATOR_LOST', what);
}

function refused(label: string, cause: unknown): IpcbenchError {
  const reason = messageOf(cause);
  const advice = /NOAUTH|WRONGPASS|NOPERM|invalid password|without any password/i.test(reason)
    ? 'give user and password in the URL (redis://user:password@host:port)'
    : 'is it running, and is the URL right?';
  return new IpcbenchError('UNAVAILABLE', `Redis at ${label} can't be used (${reason}): ${advice}`, { cause });
}
