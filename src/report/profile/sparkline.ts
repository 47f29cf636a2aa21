const bars = '▁▂▃▄▅▆▇█';

/** A row of bars from 0 to `full`, one per value, the last `width` of them. */
export function sparkline(values: readonly number[], full: number, width: number): string {
  const top = Math.max(full, Number.MIN_VALUE);
  return values
    .slice(-width)
    .map((value) => bars[Math.min(bars.length - 1, Math.max(0, Math.floor((value / top) * bars.length)))] ?? '')
    .join('');
}
