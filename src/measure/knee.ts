export interface CurvePoint {
  x: number;
  y: number;
}

/** A curve that changes by less than this share of its largest value has no knee worth naming. */
const flatShare = 0.1;

/**
 * Where a falling or rising curve stops paying: the point farthest from the straight line between its ends, both axes scaled to 1 and x
 * taken logarithmically, since sizes are tried by doubling. Source: Satopää et al., "Finding a 'Kneedle' in a haystack", 2011.
 * @param points in order of x, all above 0
 * @returns the index of the knee, undefined with fewer than three points or a flat curve
 */
export function kneeOf(points: readonly CurvePoint[]): number | undefined {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < 3) return undefined;
  const ys = points.map(({ y }) => y);
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  if (high === 0 || high - low < flatShare * high) return undefined;
  const x = (value: number): number => Math.log(value / first.x) / Math.log(last.x / first.x);
  const y = (value: number): number => (value - low) / (high - low);
  const chord = (value: number): number => y(first.y) + (y(last.y) - y(first.y)) * x(value);
  const distances = points.map((point) => Math.abs(y(point.y) - chord(point.x)));
  return distances.indexOf(Math.max(...distances));
}
