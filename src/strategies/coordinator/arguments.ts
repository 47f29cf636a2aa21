import { IpcbenchError } from '../../errors.js';
import type { Value } from '../strategy.js';
import type { Arguments } from './caller.js';

/** A text among the arguments of a call. @throws IpcbenchError `PROTOCOL` */
export function text(given: Arguments, index: number): string {
  const value = given[index];
  if (typeof value !== 'string') throw mismatch(index, 'a text');
  return value;
}

export function number(given: Arguments, index: number): number {
  const value = given[index];
  if (typeof value !== 'number') throw mismatch(index, 'a number');
  return value;
}

export function list(given: Arguments, index: number): readonly unknown[] {
  const value = given[index];
  if (!Array.isArray(value)) throw mismatch(index, 'a list');
  return value;
}

export function texts(given: Arguments, index: number): string[] {
  const items = list(given, index);
  return items.map((_, at) => text(items, at));
}

/** What MessagePack decodes is a value already, except for nothing at all. */
export function value(given: Arguments, index: number): Value {
  const found = given[index];
  if (found === undefined) throw mismatch(index, 'a value');
  return found as Value;
}

function mismatch(index: number, expected: string): IpcbenchError {
  return new IpcbenchError('PROTOCOL', `argument ${index + 1} of the call: expected ${expected}`);
}
