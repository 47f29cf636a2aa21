import { Packr, RESERVE_START_SPACE } from 'msgpackr';
import { IpcbenchError } from '../../errors.js';

/** A frame: the length of its body (4 bytes, little endian), a code byte, the body (MessagePack, except in the handshake). */
export const headerBytes = 5;

export const defaultMaxFrameBytes = 256 * 1024 * 1024;

/** Turns values into frames and back. Every decoding makes new values: nothing decoded shares memory with what arrived. */
export class Codec {
  // Plain maps without msgpackr's record extension: what any MessagePack peer would send.
  readonly #packr = new Packr({ useRecords: false, copyBuffers: true });
  readonly maxFrameBytes: number;

  constructor(maxFrameBytes: number = defaultMaxFrameBytes) {
    this.maxFrameBytes = maxFrameBytes;
  }

  /** @throws IpcbenchError `PROTOCOL` when the frame would be larger than the limit */
  encode(code: number, body: unknown): Buffer {
    // The header's place is left free in front, so that header and body leave in one write without a copy.
    const frame: Buffer = this.#packr.pack(body, RESERVE_START_SPACE | headerBytes);
    const bodyBytes = frame.length - headerBytes;
    if (bodyBytes > this.maxFrameBytes) {
      throw new IpcbenchError(
        'PROTOCOL',
        `a value of ${bodyBytes} bytes exceeds the limit of ${this.maxFrameBytes} bytes`,
      );
    }
    writeHeader(frame, code, bodyBytes);
    return frame;
  }

  decode(source: Buffer, start: number, end: number): unknown {
    return this.#packr.unpack(source, { start, end });
  }
}

/** A frame whose body is raw bytes. */
export function rawFrame(code: number, body: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes + body.length);
  writeHeader(frame, code, body.length);
  frame.set(body, headerBytes);
  return frame;
}

function writeHeader(frame: Buffer, code: number, bodyBytes: number): void {
  frame[0] = bodyBytes;
  frame[1] = bodyBytes >>> 8;
  frame[2] = bodyBytes >>> 16;
  frame[3] = bodyBytes >>> 24;
  frame[4] = code;
}

/** Receives each whole frame: its code, and where its body lies. The bytes are only valid during the call. */
export type FrameSink = (code: number, source: Buffer, start: number, end: number) => void;

/** Cuts a byte stream into frames. */
export class FrameReader {
  /** The largest body accepted. */
  limitBytes: number;
  readonly #sink: FrameSink;
  #parts: Buffer[] = [];
  #partBytes = 0;
  /** Bytes needed before a frame can be complete. */
  #wantedBytes = headerBytes;

  constructor(limitBytes: number, sink: FrameSink) {
    this.limitBytes = limitBytes;
    this.#sink = sink;
  }

  /**
   * @param reused whether the caller writes into `chunk` again afterwards, so that what is left of it must be copied
   * @throws IpcbenchError `PROTOCOL` on a frame over the limit
   */
  push(chunk: Buffer, reused = false): void {
    let source = chunk;
    if (this.#partBytes > 0) {
      this.#keep(chunk, reused);
      if (this.#partBytes < this.#wantedBytes) return;
      source = Buffer.concat(this.#parts, this.#partBytes);
      this.#parts = [];
      this.#partBytes = 0;
    }
    const rest = this.#frames(source);
    if (rest < source.length) this.#keep(source.subarray(rest), reused && source === chunk);
  }

  /** Hands on the whole frames in `source` and returns where the first incomplete one begins. */
  #frames(source: Buffer): number {
    let at = 0;
    while (source.length - at >= headerBytes) {
      const bodyBytes = source.readUInt32LE(at);
      if (bodyBytes > this.limitBytes) {
        throw new IpcbenchError(
          'PROTOCOL',
          `a frame of ${bodyBytes} bytes exceeds the limit of ${this.limitBytes} bytes`,
        );
      }
      const end = at + headerBytes + bodyBytes;
      this.#wantedBytes = end - at;
      if (end > source.length) return at;
      this.#sink(source[at + 4] ?? 0, source, at + headerBytes, end);
      at = end;
    }
    this.#wantedBytes = headerBytes;
    return at;
  }

  #keep(chunk: Buffer, copy: boolean): void {
    this.#parts.push(copy ? Buffer.from(chunk) : chunk);
    this.#partBytes += chunk.length;
  }
}
