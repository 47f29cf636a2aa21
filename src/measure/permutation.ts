import { randomFrom } from './random.js';

/**
 * Tests of many metrics at once that keep the chance of *any* false alarm, however the metrics hang together: the largest statistic of
 * the family is held against the largest one under every relabelling of the rounds. Nothing is assumed about distributions.
 * Source: Westfall & Young, "Resampling-Based Multiple Testing" (1993), step-down max-T (algorithm 4.1).
 */

/** Family-wise probabilities, were nothing different, of so large a rise or fall. */
export interface Significance {
  rose: number;
  fell: number;
}

const mostRelabellings = 4096;
const seed = 1;

/**
 * Paired rounds: under the null the two sides of a round may be exchanged, which flips the sign of all its differences.
 * @param differences for each metric, its differences (of logarithms) round by round; all of equal length
 * @param scale a difference that is not worth mentioning: half of it is added to each standard error, so that a metric that hardly
 * varies does not become significant by that alone (Tusher, Tibshirani & Chu, PNAS 98, 2001)
 */
export function signFlipTest(differences: readonly (readonly number[])[], scale: number): Significance[] {
  const rounds = differences[0]?.length ?? 0;
  const statistic = (flips: readonly number[]): number[] =>
    differences.map((values) => {
      const flipped = values.map((value, round) => value * (flips[round] ?? 1));
      return meanOf(flipped) / (Math.sqrt(varianceOf(flipped) / rounds) + scale / 2);
    });
  return bothWays(statistic(new Array(rounds).fill(1)), signFlips(rounds).map(statistic));
}

/**
 * Separate rounds: under the null every split of all rounds into two groups of these sizes is as likely.
 * @param before for each metric, its logarithms round by round on one side
 * @param after the same on the other
 * @param scale as in {@link signFlipTest}
 */
export function relabelTest(
  before: readonly (readonly number[])[],
  after: readonly (readonly number[])[],
  scale: number,
): Significance[] {
  const n = before[0]?.length ?? 0;
  const pooled = before.map((values, metric) => [...values, ...(after[metric] ?? [])]);
  const size = pooled[0]?.length ?? 0;
  const statistic = (first: ReadonlySet<number>): number[] =>
    pooled.map((values) => {
      const own = values.filter((_, index) => first.has(index));
      const others = values.filter((_, index) => !first.has(index));
      const error = Math.sqrt(varianceOf(own) / own.length + varianceOf(others) / others.length);
      return (meanOf(others) - meanOf(own)) / (error + scale / 2);
    });
  const asMeasured = new Set(Array.from({ length: n }, (_, index) => index));
  return bothWays(statistic(asMeasured), splits(size, n).map(statistic));
}

function bothWays(observed: readonly number[], relabelled: readonly (readonly number[])[]): Significance[] {
  const negative = (values: readonly number[]): number[] => values.map((value) => -value);
  const rose = stepDown(observed, relabelled);
  const fell = stepDown(negative(observed), relabelled.map(negative));
  return observed.map((_, metric) => ({ rose: rose[metric] ?? 1, fell: fell[metric] ?? 1 }));
}

/** From the most to the least extreme metric, each is held against the largest of those that remain. */
function stepDown(observed: readonly number[], relabelled: readonly (readonly number[])[]): number[] {
  const order = observed.map((_, metric) => metric).sort((a, b) => (observed[b] ?? 0) - (observed[a] ?? 0));
  const exceeded = new Array<number>(observed.length).fill(0);
  for (const values of relabelled) {
    let largest = Number.NEGATIVE_INFINITY;
    for (const metric of order.toReversed()) {
      largest = Math.max(largest, values[metric] ?? 0);
      if (largest >= (observed[metric] ?? 0) - 1e-12) exceeded[metric] = (exceeded[metric] ?? 0) + 1;
    }
  }
  const result = new Array<number>(observed.length).fill(1);
  let floor = 0;
  for (const metric of order) {
    floor = Math.max(floor, (exceeded[metric] ?? 0) / relabelled.length);
    result[metric] = floor;
  }
  return result;
}

/** All ways to flip signs, or as many random ones as are enough, the identity among them. */
function signFlips(rounds: number): number[][] {
  if (2 ** rounds <= mostRelabellings)
    return Array.from({ length: 2 ** rounds }, (_, bits) =>
      Array.from({ length: rounds }, (_, round) => ((bits >> round) & 1 ? -1 : 1)),
    );
  const random = randomFrom(seed);
  const identity = new Array<number>(rounds).fill(1);
  const others = Array.from({ length: mostRelabellings - 1 }, () => identity.map(() => (random() < 0.5 ? -1 : 1)));
  return [identity, ...others];
}

/** All ways to choose `n` of `size`, or as many random ones as are enough, the first `n` among them. */
function splits(size: number, n: number): Set<number>[] {
  const all = choices(size, n);
  if (all !== undefined) return all;
  const random = randomFrom(seed);
  const first = new Set(Array.from({ length: n }, (_, index) => index));
  const others = Array.from({ length: mostRelabellings - 1 }, () => sampled(size, n, random));
  return [first, ...others];
}

function choices(size: number, n: number): Set<number>[] | undefined {
  let found: number[][] = [[]];
  for (let index = 0; index < size; index++) {
    found = found.flatMap((chosen) => {
      const left = size - index - 1;
      const without = chosen.length + left >= n ? [chosen] : [];
      return chosen.length < n ? [[...chosen, index], ...without] : without;
    });
    if (found.length > mostRelabellings) return undefined;
  }
  return found.map((chosen) => new Set(chosen));
}

/** Floyd's algorithm: `n` of `size` without repetition. Source: Bentley & Floyd, CACM 30 (1987). */
function sampled(size: number, n: number, random: () => number): Set<number> {
  const chosen = new Set<number>();
  for (let top = size - n; top < size; top++) {
    const pick = Math.floor(random() * (top + 1));
    chosen.add(chosen.has(pick) ? top : pick);
  }
  return chosen;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function varianceOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
