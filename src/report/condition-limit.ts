import { tellBytes, tellMs, tellNumber, tellPercent } from './quantity.js';

export type Unit = 'ms' | 'percent' | 'bytes' | 'rate' | 'count';

/** What a metric is held against. */
export type Limit =
  /** In the metric's own unit. */
  | { kind: 'absolute'; value: number }
  /** Against the base report: +10 means 110 % of it. */
  | { kind: 'change'; percent: number }
  /** Against the baseline strategy of the same run. */
  | { kind: 'ratio'; factor: number };

const factors: Record<Unit, Record<string, number>> = {
  ms: { us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, min: 60e3, m: 60e3, h: 3600e3 },
  percent: { '%': 1 },
  bytes: {
    B: 1,
    k: 1e3,
    kB: 1e3,
    KB: 1e3,
    M: 1e6,
    MB: 1e6,
    G: 1e9,
    GB: 1e9,
    KiB: 2 ** 10,
    MiB: 2 ** 20,
    GiB: 2 ** 30,
    '': 1,
  },
  rate: { '': 1, k: 1e3, M: 1e6, '/s': 1, 'k/s': 1e3, 'M/s': 1e6 },
  count: { '': 1, k: 1e3, M: 1e6 },
};

const examples: Record<Unit, string> = {
  ms: '200ms, 2.5s',
  percent: '80%',
  bytes: '512MB',
  rate: '10k',
  count: '0, 10k',
};

/**
 * Reads the right side of a condition, of a metric measured in `unit` (undefined: not known, since the metric itself was at fault).
 * @returns the limit, or in words what is wrong with it
 */
export function parseLimit(text: string, unit: Unit | undefined): Limit | string {
  if (text === '')
    return `a value is missing here; for example ${unit === undefined ? '200ms' : examples[unit]}, +10% or 0.5x`;
  const parts = /^([+-]?)(\d+(?:\.\d+)?|\.\d+)\s*(\S*)$/u.exec(text);
  if (parts === null)
    return `"${text}" is not a value; for example ${unit === undefined ? '200ms' : examples[unit]}, +10% or 0.5x`;
  const [, sign, digits, suffix] = parts;
  const amount = Number(digits);
  if (sign !== undefined && sign !== '') return changeOf(text, sign, amount, suffix);
  if (suffix === 'x' || suffix === '×') return { kind: 'ratio', factor: amount };
  if (unit === undefined) return { kind: 'absolute', value: amount };
  const factor = Object.hasOwn(factors[unit], suffix ?? '') ? factors[unit][suffix ?? ''] : undefined;
  if (factor === undefined) {
    const fault = suffix === '' ? `"${text}" lacks its unit` : `"${text}" has a unit that does not fit this metric`;
    return `${fault}; for example ${examples[unit]}, +10% (against the base report) or 0.5x (against the baseline strategy)`;
  }
  return { kind: 'absolute', value: amount * factor };
}

function changeOf(text: string, sign: string, amount: number, suffix: string | undefined): Limit | string {
  if (suffix !== '%')
    return `"${text}" is not a change; a signed value is a percentage of the base report, such as +10%`;
  if (sign === '-' && amount > 100) return `"${text}" is below nothing; a metric can fall by 100% at most`;
  return { kind: 'change', percent: sign === '-' ? -amount : amount };
}

/** A value of `unit` as people read it. */
export function tellValue(value: number, unit: Unit): string {
  if (unit === 'ms') return tellMs(value);
  if (unit === 'percent') return tellPercent(value);
  if (unit === 'bytes') return tellBytes(value);
  if (unit === 'rate') return `${tellNumber(value)}/s`;
  return tellNumber(value);
}
