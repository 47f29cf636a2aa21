/** Figures as people read them: three significant digits, with their unit. */

/** Milliseconds, as µs, ms, s or min. */
export function tellMs(ms: number): string {
  if (ms < 0) return `−${tellMs(-ms)}`;
  if (ms === 0) return '0 ms';
  if (ms < 0.9995) return `${digits(ms * 1000)} µs`;
  if (ms < 999.5) return `${digits(ms)} ms`;
  if (ms < 119_950) return `${digits(ms / 1000)} s`;
  return `${digits(ms / 60_000)} min`;
}

/** Bytes, as B, kB, MB or GB (powers of 1000). */
export function tellBytes(bytes: number): string {
  if (bytes < 999.5) return `${digits(bytes)} B`;
  if (bytes < 999_500) return `${digits(bytes / 1e3)} kB`;
  if (bytes < 999_500_000) return `${digits(bytes / 1e6)} MB`;
  return `${digits(bytes / 1e9)} GB`;
}

/** A count or a rate. */
export function tellNumber(value: number): string {
  return Number.isInteger(value) || Math.abs(value) >= 999.5 ? tellCount(Math.round(value)) : digits(value);
}

/** A whole number with its thousands apart. */
export function tellCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A share of 100. */
export function tellPercent(percent: number): string {
  return `${percent < 0 ? '−' : ''}${digits(Math.abs(percent), percent !== 0 && Math.abs(percent) < 1 ? 1 : 2)} %`;
}

/**
 * How `value` stands to `base`: a signed percentage, or a factor where a percentage would not be read (`12× less`).
 * Undefined when the base is 0.
 */
export function tellChange(value: number, base: number): string | undefined {
  if (base <= 0 || value < 0) return undefined;
  const ratio = value / base;
  if (ratio >= 2) return `${digits(ratio)}× more`;
  if (ratio > 0 && ratio <= 0.1) return `${digits(1 / ratio)}× less`;
  const percent = Math.round((ratio - 1) * 100);
  return percent === 0 ? '±0 %' : `${percent > 0 ? '+' : '−'}${Math.abs(percent)} %`;
}

/** How many of something: `1 order`, `3 orders`. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${tellCount(count)} ${count === 1 ? noun : plural}`;
}

function digits(value: number, significant = 3): string {
  if (value === 0) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  const decimals = Math.max(0, significant - 1 - magnitude);
  const text = value.toFixed(Math.min(decimals, 6));
  return text.includes('.') ? text.replace(/\.?0+$/, '') : tellCount(Number(text));
}

/** A part of a whole in percent; a dash where there is no whole. */
export function tellShare(part: number, whole: number): string {
  return whole === 0 ? '–' : tellPercent((100 * part) / whole);
}
