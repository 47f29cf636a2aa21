import type { Miner, Row } from './cycle.js';

/** How rows cross between processes: `arrays` are plain nested arrays, which have to be taken apart number by number. */
export type RowForm = 'arrays' | 'typed';

/**
 * The rows that a miner answers with. They are multiples of 1/1024 below 1024, so that sums of them are exact in whatever order they are
 * added up; the last number of a failing miner is none, in a row of its own where it has no numbers.
 * @param index its place among the cycle's miners
 * @param seed the cycle's
 */
export function rowsOf(miner: Miner, index: number, seed: number, form: RowForm = 'arrays'): Row[] {
  return [...eachRowOf(miner, index, seed, form)];
}

/** The same one after another, for those that need not have all of them at once. */
export function* eachRowOf({ rows, floats, fails }: Miner, index: number, seed: number, form: RowForm): Generator<Row> {
  const next = numbersFrom(seed, index);
  for (let row = 1; row <= rows; row++) {
    const numbers = rowOf(floats, next, form);
    yield fails && row === rows ? spoilt(numbers, form) : numbers;
  }
  if (fails && rows === 0) yield spoilt(rowOf(0, next, form), form);
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

function spoilt(row: number[] | Float64Array, form: RowForm): Row {
  if (row.length === 0) return form === 'typed' ? Float64Array.of(Number.NaN) : [Number.NaN];
  row[row.length - 1] = Number.NaN;
  return row;
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
