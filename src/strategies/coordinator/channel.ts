import { setTimeout as sleep } from 'node:timers/promises';
import { IpcbenchError, isIpcbenchError } from '../../errors.js';
import type { Telemetry } from '../../telemetry/telemetry.js';
import { during } from '../metering.js';
import type { Meter } from '../strategy.js';
import { type Connection, type ConnectionOwner, isCrowded, openConnection, type Peerage } from './connection.js';
import { operationName } from './operation-codes.js';
import { Turns } from './turns.js';

/** How long one call may take, apart from the time that it was asked to wait. */
export const callTimeoutMs = 30_000;
export const connectTimeoutMs = 5000;
/** A coordinator that refuses for longer than this is not just busy starting. */
const refusedTimeoutMs = 250;
const sweepIntervalMs = 250;
const readBufferBytes = 64 * 1024;
/** Calls in progress at once that wait for nobody: with more of them the server, which answers one after another, gets no faster. */
const plainLimit = 32;
/** Connections being opened at once: no more than leaves room for other clients in an accept queue of 128. */
const openingLimit = 16;

/**
 * A client's way to one coordinator: as many connections as calls in progress, each used again, so that no call queues behind one that
 * waits for a lock. Under overload, calls that wait for nobody take turns, and so does connecting: a storm of connects would leave the
 * server no time to answer anybody.
 */
export class Channel implements ConnectionOwner {
  readonly readBuffer = Buffer.allocUnsafeSlow(readBufferBytes);
  readonly #peerage: Peerage;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();
  readonly #plain = new Turns(plainLimit);
  readonly #opening = new Turns(openingLimit);
  readonly #sweeper: NodeJS.Timeout;
  readonly #telemetry: Telemetry | undefined;
  #lost: IpcbenchError | undefined;
  #closed = false;

  /** `telemetry`: what its calls are told to, where an OpenTelemetry SDK is registered. */
  constructor(peerage: Peerage, telemetry?: Telemetry) {
    this.#peerage = peerage;
    this.#telemetry = telemetry;
    this.#sweeper = setInterval(() => this.#sweep(), sweepIntervalMs).unref();
  }

  get name(): string {
    return this.#peerage.name;
  }

  /**
   * One request and its reply.
   * @throws IpcbenchError `COORDINATOR_LOST`, `CLOSED`, `TIMEOUT` after {@link callTimeoutMs}, `PROTOCOL` when it was refused
   */
  call(code: number, body: readonly unknown[], meter: Meter): Promise<unknown> {
    if (this.#plain.take()) return this.#callInTurn(code, body, meter);
    return this.#plain.wait(performance.now() + callTimeoutMs).then(() => this.#callInTurn(code, body, meter));
  }

  /**
   * A request that may wait `waitMs` on the server. Given up (by `signal`, by closing, or because the server is late), nothing stays
   * granted.
   */
  async wait(
    code: number,
    body: readonly unknown[],
    waitMs: number,
    meter: Meter,
    signal?: AbortSignal,
  ): Promise<unknown> {
    if (signal?.aborted) throw aborted();
    const connection = this.#idle.pop() ?? (await this.#openUnlessAborted(meter, signal));
    const reply = this.#send(connection, code, body, meter, waitMs, true);
    if (signal === undefined) return reply;
    const { callNumber } = connection;
    const abort = (): void => {
      if (connection.callNumber === callNumber) connection.giveUp(aborted());
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await reply;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** One request on a connection of its own, as CPython counts the references of a proxy. */
  async callFresh(code: number, body: readonly unknown[], meter: Meter): Promise<unknown> {
    const connection = await this.#open(meter);
    connection.single = true;
    try {
      return await this.#send(connection, code, body, meter, 0);
    } finally {
      void connection.close();
    }
  }

  /** Rejects what is in progress with `CLOSED` and closes all connections. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweeper);
    this.#plain.expire(Number.POSITIVE_INFINITY, this.#closedError());
    this.#opening.expire(Number.POSITIVE_INFINITY, this.#closedError());
    await Promise.all(
      [...this.#all].map((connection) => {
        if (connection.busy) connection.giveUp(this.#closedError());
        return connection.close();
      }),
    );
  }

  idle(connection: Connection): void {
    if (!connection.single) this.#idle.push(connection);
    this.#leavePlain(connection);
  }

  gone(connection: Connection, cause: IpcbenchError | undefined): void {
    this.#all.delete(connection);
    this.#leavePlain(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    if (cause !== undefined && isIpcbenchError(cause, 'COORDINATOR_LOST')) this.#lost ??= cause;
  }

  #send(
    connection: Connection,
    code: number,
    body: readonly unknown[],
    meter: Meter,
    waitMs: number,
    cancellable = false,
  ) {
    connection.deadlineMs = performance.now() + callTimeoutMs + waitMs;
    connection.cancellable = cancellable;
    const reply = connection.request(code, body, meter);
    return this.#telemetry === undefined ? reply : this.#told(this.#telemetry, code, reply, meter);
  }

  async #told(telemetry: Telemetry, code: number, reply: Promise<unknown>, meter: Meter): Promise<unknown> {
    const ended = telemetry.startCall(this.name, operationName(code), meter.parent);
    try {
      const value = await reply;
      ended();
      return value;
    } catch (error) {
      ended(error);
      throw error;
    }
  }

  #callInTurn(code: number, body: readonly unknown[], meter: Meter): Promise<unknown> {
    const connection = this.#idle.pop();
    return connection === undefined
      ? this.#openAndCall(code, body, meter)
      : this.#sendPlain(connection, code, body, meter);
  }

  async #openAndCall(code: number, body: readonly unknown[], meter: Meter): Promise<unknown> {
    let connection: Connection;
    try {
      connection = await this.#open(meter);
    } catch (error) {
      this.#plain.leave();
      throw error;
    }
    return this.#sendPlain(connection, code, body, meter);
  }

  #sendPlain(connection: Connection, code: number, body: readonly unknown[], meter: Meter): Promise<unknown> {
    connection.plain = true;
    return this.#send(connection, code, body, meter, 0);
  }

  #leavePlain(connection: Connection): void {
    if (!connection.plain) return;
    connection.plain = false;
    this.#plain.leave();
  }

  /** A connection that comes too late is kept for the next call. */
  #openUnlessAborted(meter: Meter, signal: AbortSignal | undefined): Promise<Connection> {
    const opening = this.#open(meter);
    if (signal === undefined) return opening;
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(aborted());
      signal.addEventListener('abort', abort, { once: true });
      opening
        .then((connection) => {
          if (signal.aborted) this.idle(connection);
          else resolve(connection);
        }, reject)
        .finally(() => signal.removeEventListener('abort', abort));
    });
  }

  #open(meter: Meter): Promise<Connection> {
    return during(meter, 'connect', async () => {
      await this.#opening.wait(performance.now() + callTimeoutMs);
      try {
        return await this.#connect(meter);
      } finally {
        this.#opening.leave();
      }
    });
  }

  /** Connects; bursts beyond the accept queue are tried again with a growing, scattered pause. */
  async #connect(meter: Meter): Promise<Connection> {
    const startMs = performance.now();
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 50)) {
      if (this.#closed) throw this.#closedError();
      try {
        const connection = await this.#attempt(meter, connectTimeoutMs - (performance.now() - startMs));
        this.#lost = undefined;
        return connection;
      } catch (error) {
        const crowded = isCrowded(error);
        const limitMs = crowded === 'full' ? connectTimeoutMs : this.#lost === undefined ? refusedTimeoutMs : 0;
        if (crowded === undefined || performance.now() - startMs + pauseMs > limitMs) throw error;
      }
      await sleep(pauseMs * (0.5 + Math.random()));
    }
  }

  async #attempt(meter: Meter, limitMs: number): Promise<Connection> {
    const { connection, ready } = openConnection(this.#peerage, this, meter);
    this.#all.add(connection);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      void connection.close();
    }, limitMs);
    try {
      await ready;
      return connection;
    } catch (error) {
      throw late ? this.#silent() : error;
    } finally {
      clearTimeout(timer);
    }
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const connection of this.#all) if (connection.deadlineMs < nowMs) connection.giveUp(this.#unanswered());
    this.#plain.expire(nowMs, this.#unanswered());
    this.#opening.expire(nowMs, this.#silent());
  }

  #unanswered(): IpcbenchError {
    return new IpcbenchError('TIMEOUT', `coordinator ${this.name} has not answered for ${callTimeoutMs / 1000} s`);
  }

  #silent(): IpcbenchError {
    const { name, address } = this.#peerage;
    return new IpcbenchError(
      'TIMEOUT',
      `coordinator ${name} at ${address} has not accepted a connection for ${connectTimeoutMs / 1000} s`,
    );
  }

  #closedError(): IpcbenchError {
    return new IpcbenchError('CLOSED', `coordinator ${this.name}: the session is closed`);
  }
}

function aborted(): IpcbenchError {
  return new IpcbenchError('ABORTED', 'waiting was aborted');
}
