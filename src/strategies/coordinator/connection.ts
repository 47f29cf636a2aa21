import { connect, type Socket } from 'node:net';
import { IpcbenchError, isIpcbenchError, messageOf, systemCodeOf } from '../../errors.js';
import type { Meter } from '../strategy.js';
import { connectOptions } from './address.js';
import { type Codec, FrameReader, headerBytes, rawFrame } from './frame.js';
import {
  challengeBytes,
  clientAnswer,
  handshakeLimitBytes,
  handshakeMessages,
  isProof,
  newChallenge,
  proofOf,
} from './handshake.js';
import { handshakeCode, operationCodes, replyCodes } from './operation-codes.js';

/** Where a coordinator is and how to prove oneself to it. */
export interface Peerage {
  /** Name of the coordinator, for errors. */
  name: string;
  address: string;
  secret: string;
  /** Names the client's session: all connections that carry it count as one client. */
  session: string;
  codec: Codec;
}

/** What a connection tells the channel that owns it. */
export interface ConnectionOwner {
  /** The reply has come: the connection may be used again. */
  idle(connection: Connection): void;
  /** The connection is gone. `cause` is undefined where it was closed from this side or never came about. */
  gone(connection: Connection, cause: IpcbenchError | undefined): void;
  /** What all its connections read into: every frame is taken out of it before the next read. */
  readonly readBuffer: Buffer;
}

const flushTimeoutMs = 1000;

/** A client's connection to a coordinator: one call at a time. Open it with {@link openConnection}. */
export class Connection {
  readonly #socket: Socket;
  readonly #peerage: Peerage;
  readonly #owner: ConnectionOwner;
  readonly #reader: FrameReader;
  #meter: Meter | undefined;
  #resolve: ((value: unknown) => void) | undefined;
  #reject: ((error: IpcbenchError) => void) | undefined;
  #sentBytes = 0;
  #closing = false;
  #awaiting = false;
  #calls = 0;
  #cause: IpcbenchError | undefined;
  /** When the call in progress has taken too long, by `performance.now()`. */
  deadlineMs = Number.POSITIVE_INFINITY;
  /** Whether giving the call up takes a message to the server, which would otherwise grant to nobody. */
  cancellable = false;
  /** Whether the call in progress is one that waits for nobody. */
  plain = false;
  /** Made for one call, and not to be used for another. */
  single = false;
  #handshake: Handshake | undefined;

  constructor(peerage: Peerage, owner: ConnectionOwner, handshake: Handshake) {
    this.#peerage = peerage;
    this.#owner = owner;
    this.#handshake = handshake;
    this.#reader = new FrameReader(handshakeLimitBytes, (code, source, start, end) =>
      this.#receive(code, source, start, end),
    );
    const buffer = owner.readBuffer;
    this.#socket = connect({
      ...connectOptions(peerage.address),
      onread: { buffer, callback: (bytes) => this.#push(bytes === buffer.length ? buffer : buffer.subarray(0, bytes)) },
    });
    this.#socket.on('error', (error) => {
      this.#cause ??= this.#lost(error);
    });
    this.#socket.on('close', () => this.#closed());
  }

  get busy(): boolean {
    return this.#awaiting;
  }

  /** Number of the call in progress, or of the last one. */
  get callNumber(): number {
    return this.#calls;
  }

  /** One request; resolves with the reply. The caller makes sure that no other is in progress. */
  request(code: number, body: readonly unknown[], meter: Meter): Promise<unknown> {
    const frame = this.#peerage.codec.encode(code, body);
    this.#meter = meter;
    this.#sentBytes = frame.length;
    this.#awaiting = true;
    this.#calls++;
    this.#socket.write(frame);
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /**
   * Rejects the call in progress. If the server may grant it something, it is told to take that back, and the connection becomes
   * usable again with the reply; otherwise the connection, on which a reply may still come, is closed.
   */
  giveUp(error: IpcbenchError): void {
    const reject = this.#reject;
    if (reject === undefined) return;
    this.#resolve = undefined;
    this.#reject = undefined;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    if (this.cancellable) this.#socket.write(this.#peerage.codec.encode(operationCodes.cancel, null));
    else void this.close();
    reject(error);
  }

  /** Sends what is under way and closes. Resolves when closed. */
  close(): Promise<void> {
    this.#closing = true;
    if (this.#socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      // A server that reads nothing any more must not keep us.
      const timer = setTimeout(() => this.#socket.destroy(), flushTimeoutMs);
      this.#socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      this.#socket.destroySoon();
    });
  }

  #push(chunk: Buffer): boolean {
    try {
      this.#reader.push(chunk, true);
    } catch (error) {
      this.#cause ??= isIpcbenchError(error) ? error : this.#refused(`sent what can't be read: ${messageOf(error)}`);
      this.#socket.destroy();
    }
    return true;
  }

  #receive(code: number, source: Buffer, start: number, end: number): void {
    if (this.#handshake !== undefined) {
      this.#shakeHands(this.#handshake, code, source.subarray(start, end));
      return;
    }
    const { codec } = this.#peerage;
    const [resolve, reject] = [this.#resolve, this.#reject];
    const value = resolve === undefined ? undefined : codec.decode(source, start, end);
    this.#meter?.call(this.#sentBytes, end - start + headerBytes);
    this.#resolve = undefined;
    this.#reject = undefined;
    this.#awaiting = false;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.#owner.idle(this);
    if (code === replyCodes.ok) resolve?.(value);
    else reject?.(refusalOf(value, this.#peerage.name));
  }

  #shakeHands(handshake: Handshake, code: number, body: Buffer): void {
    if (code !== handshakeCode || body.length !== challengeBytes) {
      throw this.#refused('does not speak this protocol');
    }
    handshake.receivedBytes += headerBytes + body.length;
    const { secret } = this.#peerage;
    if (handshake.serverChallenge === undefined) {
      handshake.serverChallenge = Buffer.from(body);
      handshake.sentBytes += this.#sendRaw(
        clientAnswer(secret, { ...handshake.transcript, serverChallenge: handshake.serverChallenge }),
      );
      return;
    }
    const transcript = { ...handshake.transcript, serverChallenge: handshake.serverChallenge };
    if (!isProof(body, proofOf('server', secret, transcript)))
      throw this.#refused('does not know the secret of this run');
    handshake.sentBytes += this.#sendRaw(Buffer.alloc(0));
    this.#handshake = undefined;
    this.#reader.limitBytes = this.#peerage.codec.maxFrameBytes;
    handshake.done();
  }

  #sendRaw(body: Uint8Array): number {
    const frame = rawFrame(handshakeCode, body);
    this.#socket.write(frame);
    return frame.length;
  }

  #closed(): void {
    const cause = this.#cause ?? (this.#closing ? undefined : this.#lost(undefined));
    const error = cause ?? new IpcbenchError('CLOSED', `coordinator ${this.#peerage.name}: the session is closed`);
    const reject = this.#reject;
    this.#resolve = undefined;
    this.#reject = undefined;
    this.#awaiting = false;
    this.#owner.gone(this, this.#handshake === undefined ? cause : undefined);
    this.#handshake?.failed(error);
    reject?.(error);
  }

  #refused(what: string): IpcbenchError {
    const { name, address } = this.#peerage;
    return new IpcbenchError('PROTOCOL', `coordinator ${name} at ${address} ${what}`);
  }

  #lost(error: Error | undefined): IpcbenchError {
    const { name, address } = this.#peerage;
    const why =
      error === undefined
        ? this.#handshake === undefined
          ? 'it closed the connection'
          : 'it refused the connection; check the secret'
        : messageOf(error);
    return new IpcbenchError('COORDINATOR_LOST', `coordinator ${name} at ${address} is lost: ${why}`, { cause: error });
  }
}

/** The client's side of a handshake in progress. */
class Handshake {
  readonly transcript: { clientChallenge: Buffer; session: string };
  readonly done: () => void;
  readonly failed: (error: IpcbenchError) => void;
  serverChallenge: Buffer | undefined;
  sentBytes = 0;
  receivedBytes = 0;

  constructor(session: string, done: () => void, failed: (error: IpcbenchError) => void) {
    this.transcript = { clientChallenge: newChallenge(), session };
    this.done = done;
    this.failed = failed;
  }
}

/**
 * Connects and authenticates both ways. `ready` rejects with `COORDINATOR_LOST` (its cause has the system's code), `PROTOCOL` when the
 * other side can't prove itself, or `CLOSED`.
 */
export function openConnection(
  peerage: Peerage,
  owner: ConnectionOwner,
  meter: Meter,
): { connection: Connection; ready: Promise<void> } {
  let settle: { resolve: () => void; reject: (error: IpcbenchError) => void } | undefined;
  const ready = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  const handshake = new Handshake(
    peerage.session,
    () => {
      meter.connection(handshakeMessages, handshake.sentBytes, handshake.receivedBytes);
      settle?.resolve();
    },
    (error) => settle?.reject(error),
  );
  return { connection: new Connection(peerage, owner, handshake), ready };
}

function refusalOf(value: unknown, name: string): IpcbenchError {
  const [code, message] = Array.isArray(value) ? value : [];
  return new IpcbenchError(code === 'LOCK_LOST' ? code : 'PROTOCOL', `coordinator ${name} refused: ${String(message)}`);
}

/** Whether connecting again may help: the accept queue is full (connect(2)) or the server is only just listening. */
export function isCrowded(error: unknown): 'full' | 'refused' | undefined {
  const code = error instanceof Error ? systemCodeOf(error.cause) : undefined;
  if (code === 'EAGAIN') return 'full';
  return code === 'ECONNREFUSED' ? 'refused' : undefined;
}
