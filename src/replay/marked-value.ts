import type { Fields, Value } from '../strategies/strategy.js';
import type { ValueShape } from '../trace/operation.js';

/**
 * Stored values carry the evidence the safety oracle needs: `n` grows by one with each read-modify-write of what was *read*, and `by` is
 * the mark of the write that made this version. The body is what costs: nested records, or opaque bytes.
 */
export type MarkedValue = { n: number; by: number; body: Value };

export const unmarked = { n: 0, by: 0 } as const;

/** Makes bodies of a size and shape, the same for the same size, and keeps the last few. */
export class BodyMaker {
  readonly #kept = new Map<string, Value>();

  make({ bytes, shape }: ValueShape): Value {
    const name = `${shape}:${bytes}`;
    const kept = this.#kept.get(name);
    if (kept !== undefined) return kept;
    const body = shape === 'bytes' ? new Uint8Array(bytes).fill(7) : nestedRecords(bytes);
    if (this.#kept.size >= 64) this.#kept.clear();
    this.#kept.set(name, body);
    return body;
  }
}

/** About what MessagePack makes of one record below with its field names. */
const bytesPerRecord = 107;

/** Records like a position's orders: short strings, numbers and a flag under named fields. */
function nestedRecords(bytes: number): Value {
  const count = Math.floor(bytes / bytesPerRecord);
  const records: Value[] = [];
  for (let index = 0; index < count; index++) {
    const record: Fields = {
      id: `order-${String(index).padStart(8, '0')}`,
      side: index % 2 === 0 ? 'LONG' : 'SHORT',
      price: 30_000.5 + index * 0.25,
      leverage: 0.1 + (index % 10) / 7,
      at: 1_750_000_000_123 + index * 1000,
      slippage: 0.00001 * index + 0.0000003,
      open: index % 3 === 0,
    };
    records.push(record);
  }
  return { records, pad: 'x'.repeat(bytes - count * bytesPerRecord) };
}

/** Reads the marks of a value that was read back; anything unmarked counts as the initial version. */
export function marksOf(value: Value | undefined): { n: number; by: number } {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || value instanceof Uint8Array)
    return unmarked;
  const { n, by } = value;
  return { n: typeof n === 'number' ? n : 0, by: typeof by === 'number' ? by : 0 };
}

/** The body of a value that was read, to be written back. */
export function bodyOf(value: Value | undefined): Value | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || value instanceof Uint8Array)
    return undefined;
  return value.body;
}
