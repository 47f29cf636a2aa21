import type { Socket } from 'node:net';
import { isIpcbenchError, messageOf } from '../../errors.js';
import type { Value } from '../strategy.js';
import { type Caller, later, type OperationTable } from './caller.js';
import { type Codec, FrameReader, rawFrame } from './frame.js';
import { handshakeLimitBytes, handshakeTimeoutMs, newChallenge, proofOf, readClientAnswer } from './handshake.js';
import { handshakeCode, operationCodes, replyCodes } from './operation-codes.js';
import type { ServerSession, SessionRegistry } from './server-session.js';

export interface PeerSetup {
  codec: Codec;
  secret: string;
  operations: OperationTable;
  sessions: SessionRegistry;
}

/**
 * One connection as the server sees it. After the handshake it is one request, one reply, in turn. Whatever breaks that, or can't be
 * decoded, closes this connection and no other.
 */
export class Peer implements Caller {
  readonly #socket: Socket;
  readonly #setup: PeerSetup;
  readonly #reader: FrameReader;
  readonly #challenge = newChallenge();
  readonly #handshakeTimer: NodeJS.Timeout;
  /** The client's proof was good and it is yet to accept ours. */
  #proved: string | undefined;
  #session: ServerSession | undefined;
  #stop: (() => void) | undefined;
  #undo: (() => void) | undefined;

  constructor(socket: Socket, setup: PeerSetup) {
    this.#socket = socket;
    this.#setup = setup;
    this.#reader = new FrameReader(handshakeLimitBytes, (code, source, start, end) =>
      this.#receive(code, source, start, end),
    );
    this.#handshakeTimer = setTimeout(() => socket.destroy(), handshakeTimeoutMs);
    socket.on('data', (chunk: Buffer) => this.#push(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#leave());
    socket.write(rawFrame(handshakeCode, this.#challenge));
  }

  get session(): ServerSession {
    if (this.#session === undefined) throw new Error('a caller has a session once it has proved itself');
    return this.#session;
  }

  reply(value: Value | undefined): void {
    this.#stop = undefined;
    this.#send(replyCodes.ok, value);
  }

  putOff(stop: () => void): typeof later {
    this.#stop = stop;
    return later;
  }

  undoable(undo: () => void): void {
    this.#undo = undo;
  }

  #push(chunk: Buffer): void {
    try {
      this.#reader.push(chunk);
    } catch {
      this.#socket.destroy();
    }
  }

  #receive(code: number, source: Buffer, start: number, end: number): void {
    if (this.#session === undefined) this.#shakeHands(code, source.subarray(start, end));
    else if (code === operationCodes.cancel) this.#cancel();
    else this.#request(code, source, start, end);
  }

  #request(code: number, source: Buffer, start: number, end: number): void {
    const handler = this.#setup.operations[code];
    const given = this.#setup.codec.decode(source, start, end);
    if (handler === undefined || this.#stop !== undefined || !Array.isArray(given)) {
      this.#socket.destroy();
      return;
    }
    this.#undo = undefined;
    try {
      const result = handler(this, given);
      if (result !== later) this.#send(replyCodes.ok, result);
    } catch (error) {
      this.#send(replyCodes.refused, [isIpcbenchError(error) ? error.code : 'PROTOCOL', messageOf(error)]);
    }
  }

  /** The client has given up: a call still waiting is answered empty-handed, and a grant that crossed with this is taken back. */
  #cancel(): void {
    if (this.#stop !== undefined) {
      this.#stop();
      this.reply(null);
    } else {
      this.#undo?.();
    }
    this.#undo = undefined;
  }

  #send(code: number, value: unknown): void {
    if (!this.#socket.destroyed) this.#socket.write(this.#setup.codec.encode(code, value));
  }

  #shakeHands(code: number, body: Buffer): void {
    if (code !== handshakeCode) {
      this.#socket.destroy();
    } else if (this.#proved !== undefined) {
      clearTimeout(this.#handshakeTimer);
      this.#reader.limitBytes = this.#setup.codec.maxFrameBytes;
      this.#session = this.#setup.sessions.join(this.#proved);
    } else {
      const transcript = readClientAnswer(body, this.#setup.secret, this.#challenge);
      this.#proved = transcript?.session;
      if (transcript === undefined) this.#socket.destroy();
      else this.#socket.write(rawFrame(handshakeCode, proofOf('server', this.#setup.secret, transcript)));
    }
  }

  #leave(): void {
    clearTimeout(this.#handshakeTimer);
    this.#stop?.();
    this.#stop = undefined;
    if (this.#session !== undefined) this.#setup.sessions.leave(this.#session);
  }
}
