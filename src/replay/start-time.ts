import { IpcbenchError } from '../errors.js';
import { parseDurationMs } from '../measure/quantity.js';

/** Epoch numbers of so many digits or more are milliseconds, smaller ones seconds. */
const millisecondsFrom = 1e11;

/**
 * Reads when to start: `2026-11-21T05:30:00Z` (ISO 8601, with its zone), seconds or milliseconds since 1970, or `+30s` from now.
 * @returns milliseconds since 1970
 * @throws IpcbenchError `BAD_OPTION` for a time that cannot be read or has passed
 */
export function parseStartTime(text: string, nowMs: number): number {
  const atMs = relative(text, nowMs) ?? epoch(text) ?? absolute(text);
  if (atMs === undefined) {
    throw new IpcbenchError(
      'BAD_OPTION',
      `--start-at ${text}: expected a time such as 2026-11-21T05:30:00Z, seconds since 1970, or +30s`,
    );
  }
  if (atMs > nowMs) return atMs;
  const agoSeconds = ((nowMs - atMs) / 1000).toFixed(1);
  throw new IpcbenchError(
    'BAD_OPTION',
    `--start-at ${text}: that was ${agoSeconds} s ago by this machine's clock; give all copies a later time`,
  );
}

function relative(text: string, nowMs: number): number | undefined {
  const delayMs = text.startsWith('+') ? parseDurationMs(text.slice(1)) : undefined;
  return delayMs === undefined ? undefined : nowMs + delayMs;
}

function epoch(text: string): number | undefined {
  if (!/^\d{9,}(?:\.\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  return value >= millisecondsFrom ? value : value * 1000;
}

/** A time without a zone would mean another one on every machine. */
function absolute(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : atMs;
}
