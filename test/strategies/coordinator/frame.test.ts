import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isIpcbenchError } from '#src/errors.js';
import { Codec, FrameReader } from '#src/strategies/coordinator/frame.js';

const values = [null, 0, -1, 2 ** 40, 1.5, '', 'ü'.repeat(5000), [], [[]], {}, { a: { b: [1] } }, [undefined], true];

function readThrough(pieces: Buffer[], reused = false): unknown[] {
  const codec = new Codec();
  const seen: unknown[] = [];
  const reader = new FrameReader(codec.maxFrameBytes, (code, source, start, end) => {
    seen.push([code, codec.decode(source, start, end)]);
  });
  const buffer = Buffer.alloc(70_000);
  for (const piece of pieces) {
    if (reused) {
      piece.copy(buffer);
      reader.push(buffer.subarray(0, piece.length), true);
      buffer.fill(0xff);
    } else {
      reader.push(piece);
    }
  }
  return seen;
}

const stream = (): Buffer => {
  const codec = new Codec();
  return Buffer.concat(values.map((value, index) => Buffer.from(codec.encode(index, value))));
};
const expected = values.map((value, index) => [index, value]);

for (const pieceBytes of [1, 2, 5, 7, 4096, 65_536]) {
  test(`reads frames that arrive in pieces of ${pieceBytes} bytes, in a buffer that is used again or not`, () => {
    const whole = stream();
    const pieces = Array.from({ length: Math.ceil(whole.length / pieceBytes) }, (_, index) =>
      whole.subarray(index * pieceBytes, (index + 1) * pieceBytes),
    );
    assert.deepEqual(readThrough(pieces), expected);
    assert.deepEqual(readThrough(pieces, true), expected);
  });
}

test('decodes bytes into memory of their own', () => {
  const codec = new Codec();
  const frame = codec.encode(1, new Uint8Array([1, 2, 3]));
  const decoded = codec.decode(frame, 5, frame.length) as Uint8Array;
  frame.fill(0);
  assert.deepEqual([...decoded], [1, 2, 3]);
});

test('refuses a frame over the limit, to be sent or received', () => {
  const codec = new Codec(100);
  const isRefusal = (error: unknown) =>
    isIpcbenchError(error, 'PROTOCOL') && /exceeds the limit of 100 bytes/.test(error.message);
  assert.throws(() => codec.encode(1, 'x'.repeat(200)), isRefusal);
  const reader = new FrameReader(100, () => assert.fail('no frame was whole'));
  assert.throws(() => reader.push(Buffer.from([101, 0, 0, 0, 1])), isRefusal);
});
