/** Numbers as people write them on a command line. Each function returns undefined for text that it cannot read. */

const msPerUnit: Record<string, number> = { us: 1e-3, ms: 1, s: 1e3, m: 60e3, h: 3_600e3 };
const perUnit: Record<string, number> = { '': 1, k: 1e3, M: 1e6 };

/** `250ms`, `2.5s`, `1m`, or plain milliseconds. @returns milliseconds */
export function parseDurationMs(text: string): number | undefined {
  const [, digits, unit = 'ms'] = /^(\d+(?:\.\d+)?)(us|ms|s|m|h)?$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * (msPerUnit[unit] ?? Number.NaN);
}

/** `5000`, `10k`, `1.5M`. */
export function parseCount(text: string): number | undefined {
  const [, digits, unit = ''] = /^(-?\d+(?:\.\d+)?)(k|M)?$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * (perUnit[unit] ?? Number.NaN);
}

/** `200`, `1.5k`, `200/s`. @returns occurrences per second */
export function parseRatePerSecond(text: string): number | undefined {
  return parseCount(text.replace(/\/s$/, ''));
}

/** `0.5`, `2`, `10x`. */
export function parseFactor(text: string): number | undefined {
  return parseCount(text.replace(/x$/, ''));
}
