import { IpcbenchError, isIpcbenchError } from '../../errors.js';
import type { ClinicToolName } from '../../monitor/clinic/tool.js';
import { defaultThresholds, type Thresholds } from '../../monitor/verdict.js';
import { parseLimit } from '../../report/condition-limit.js';
import { type ProfileCondition, parseProfileCondition } from '../../report/profile/profile-gate.js';

/** The options as commander gives them. */
export interface RawOptions {
  duration?: string;
  interval: string;
  children?: true;
  overloaded: string;
  severe: string;
  failOn?: string[];
  format: string;
  html?: string;
  cpu?: true;
  cpuOut?: string;
  from?: string;
  clinic?: ClinicToolName;
  clinicOut?: string;
  clinicKeep?: true;
}

export interface CheckedOptions {
  durationMs: number | undefined;
  intervalMs: number;
  thresholds: Thresholds;
  conditions: ProfileCondition[];
  format: 'table' | 'json' | 'markdown';
  children: boolean;
  cpu: boolean;
  cpuOut: string | undefined;
  html: string | undefined;
}

export const defaultOverloaded = `${defaultThresholds.overloadedPercent}%`;
export const defaultSevere = `${defaultThresholds.severePercent}%`;

/**
 * Checks all options together.
 * @throws IpcbenchError `BAD_OPTION` or `BAD_CONDITION` that tells all faults at once
 */
export function checkOptions(raw: RawOptions): CheckedOptions {
  const faults: string[] = [];
  const conditions: ProfileCondition[] = [];
  for (const text of raw.failOn ?? []) attempt(faults, () => conditions.push(parseProfileCondition(text)));
  const durationMs = raw.duration === undefined ? undefined : durationOf('--duration', raw.duration, 100, faults);
  const intervalMs = durationOf('--interval', raw.interval, 10, faults);
  const thresholds = {
    overloadedPercent: percentOf('--overloaded', raw.overloaded, faults),
    severePercent: percentOf('--severe', raw.severe, faults),
  };
  if (thresholds.overloadedPercent > thresholds.severePercent)
    faults.push(`--overloaded ${raw.overloaded} is above --severe ${raw.severe}`);
  const format = (['table', 'json', 'markdown'] as const).find((each) => each === raw.format);
  if (format === undefined) faults.push(`--format ${raw.format}: expected table, json or markdown`);
  if (raw.cpuOut !== undefined && raw.cpu !== true) faults.push(`--cpu-out ${raw.cpuOut} wants --cpu`);
  if (faults.length > 0 || format === undefined) throw new IpcbenchError('BAD_OPTION', faults.join('\n'));
  return {
    durationMs,
    intervalMs,
    thresholds,
    conditions,
    format,
    children: raw.children === true,
    cpu: raw.cpu === true,
    cpuOut: raw.cpuOut,
    html: raw.html,
  };
}

/**
 * Reads a process id.
 * @throws IpcbenchError `USAGE`
 */
export function pidOf(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new IpcbenchError(
    'USAGE',
    `${text} is not a process id; give a whole number, for example $(pgrep -o redis-server)`,
  );
}

function attempt(faults: string[], check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!isIpcbenchError(error)) throw error;
    faults.push(error.message);
  }
}

function durationOf(name: string, text: string, leastMs: number, faults: string[]): number {
  const limit = parseLimit(text, 'ms');
  if (typeof limit !== 'string' && limit.kind === 'absolute' && limit.value >= leastMs) return limit.value;
  faults.push(`${name} ${text}: expected a time of ${leastMs}ms or more, such as 10s`);
  return Number.NaN;
}

function percentOf(name: string, text: string, faults: string[]): number {
  const percent = Number(text.replace(/\s*%$/, ''));
  if (text.trim() !== '' && percent > 0 && percent <= 100) return percent;
  faults.push(`${name} ${text}: expected a percentage of one core, above 0 and at most 100`);
  return Number.NaN;
}
