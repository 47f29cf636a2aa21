import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

/** Longest line accepted; it bounds the memory that reading takes. */
export const longestLineBytes = 16 * 1024 * 1024;

const newline = 0x0a;

/** Some whole lines, ends of line included except perhaps the last one's. */
export interface LineBlock {
  text: string;
  /** False where some byte is not UTF-8: the text then holds replacement characters in its place. */
  utf8: boolean;
}

/** What went through: filled in while the lines are read. */
export interface ByteTally {
  bytes: number;
  /** SHA-256 of the decompressed bytes in hex, once all that could be read were. */
  sha256: string;
}

/**
 * Cuts a byte stream at ends of line into blocks of about a chunk's size, hashing and counting the bytes on the way. A leading
 * byte-order mark is hashed and dropped.
 * @throws RangeError for a line over {@link longestLineBytes}, and whatever the stream fails with, after the lines before it
 */
export async function* lineBlocks(stream: Readable, tally: ByteTally): AsyncGenerator<LineBlock> {
  const hash = createHash('sha256');
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let first = true;
  const decode = (block: Buffer): LineBlock => {
    const marked = first && block.length >= 3 && block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf;
    first = false;
    return { text: block.toString('utf8', marked ? 3 : 0), utf8: isUtf8(block) };
  };
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      hash.update(chunk);
      tally.bytes += chunk.length;
      const end = chunk.lastIndexOf(newline) + 1;
      if (end > 0) {
        const head = chunk.subarray(0, end);
        yield decode(pending.length === 0 ? head : Buffer.concat([...pending, head]));
        pending = [];
        pendingBytes = 0;
      }
      if (end < chunk.length) {
        pending.push(end === 0 ? chunk : chunk.subarray(end));
        pendingBytes += chunk.length - end;
        if (pendingBytes > longestLineBytes)
          throw new RangeError(`a line is longer than ${longestLineBytes >> 20} MiB`);
      }
    }
  } finally {
    tally.sha256 = hash.digest('hex');
  }
  if (pendingBytes > 0) yield decode(Buffer.concat(pending));
}
