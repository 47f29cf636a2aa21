import { longestTimerMs } from '../../measure/clock.js';

/** Plain checks of parsed JSON, in the words that messages use. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** The largest value that a step may write, in bytes: beyond it no strategy's frames would carry it. */
export const largestValueBytes = 2 ** 30;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY;
}

export function isTimer(value: unknown): value is number {
  return isDuration(value) && value <= longestTimerMs;
}

export function isSize(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= largestValueBytes;
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** `unknown`: it must resolve to none. */
export function isSequence(value: unknown): value is number | 'unknown' {
  return value === 'unknown' || isCount(value);
}

export function isBit(value: unknown): value is 0 | 1 {
  return value === 0 || value === 1;
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

/** How a message shows what was found: shortened, on one line. */
export function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** `"at" is -5, expected …`, or `"at" is missing, expected …`. */
export function wrong(name: string, value: unknown, expected: string): string {
  return `"${name}" is ${shown(value)}, expected ${expected}`;
}
