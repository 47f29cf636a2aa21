import type { Miner, Row } from './cycle.js';

/** How rows cross between processes: `arrays` are plain nested arrays, which have to be taken apart number by number. */
export type RowForm = 'arrays' | 'typed';

/**
 * The rows that a miner answers with. They are multiples of 1/1024 below 1024, so that sums of them are exact in whatever order they are
 * added up; the last number of a failing miner is none, in a row of its own where it has no numbers.
 */
export function rowsOf(miner: Miner, index: number, seed: number, form: RowForm): Row[] {
  const next = numbersFrom(seed, index);
  const rows: (number[] | Float64Array)[] = [];
  for (let row = 0; row < miner.rows; row++) rows.push(rowOf(miner.floats, next, form));
  if (miner.fails) spoil(rows, form);
  return rows;
}

function rowOf(floats: number, next: () => number, form: RowForm): number[] | Float64Array {
  if (form === 'typed') {
    const typed = new Float64Array(floats);
    for (let at = 0; at < floats; at++) typed[at] = next();
    return typed;
  }
  const plain: number[] = [];
  for (let at = 0; at < floats; at++) plain.push(next());
  return plain;
}

function spoil(rows: (number[] | Float64Array)[], form: RowForm): void {
  const last = rows.at(-1);
  if (last !== undefined && last.length > 0) last[last.length - 1] = Number.NaN;
  else rows[Math.max(rows.length - 1, 0)] = form === 'typed' ? Float64Array.of(Number.NaN) : [Number.NaN];
}

/** Marsaglia's xorshift32 ("Xorshift RNGs", 2003): the miners' numbers have to be cheap, not good. */
function numbersFrom(seed: number, index: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b) || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 12) / 1024;
  };
}
