import type { Interval } from './interval.js';

/**
 * By how much `after` lies above `before`, as a 95 % interval (or the widest there is with few values): the ranks of the Mann–Whitney
 * test turned round. Assumes no distribution, only that one is the other shifted.
 * Source: Hodges & Lehmann (1963); Hollander, Wolfe & Chicken, "Nonparametric Statistical Methods", 3rd ed., §4.3.
 */
export function shiftInterval(before: readonly number[], after: readonly number[]): Interval {
  const differences = after.flatMap((later) => before.map((earlier) => later - earlier)).sort((a, b) => a - b);
  const cut = cutOf(rankSumCounts(before.length, after.length));
  const low = differences[cut] ?? 0;
  return { low, high: differences[differences.length - 1 - cut] ?? low };
}

/**
 * The centre of paired differences, as a 95 % interval (or the widest there is with few values): averages of all pairs of differences, cut
 * by the ranks of Wilcoxon's signed-rank test. Assumes that a difference is as likely on either side of its centre, as it is where the two
 * sides of a pair could be exchanged.
 * Source: Tukey (1949), in Hollander, Wolfe & Chicken, "Nonparametric Statistical Methods", 3rd ed., §3.3.
 */
export function pairedInterval(differences: readonly number[]): Interval {
  const averages = differences
    .flatMap((one, index) => differences.slice(index).map((other) => (one + other) / 2))
    .sort((a, b) => a - b);
  const cut = cutOf(signedRankCounts(differences.length));
  const low = averages[cut] ?? 0;
  return { low, high: averages[averages.length - 1 - cut] ?? low };
}

/** How many ways of giving n ranks a sign there are for each sum of the positive ones. */
function signedRankCounts(n: number): number[] {
  let counts = [1];
  for (let rank = 1; rank <= n; rank++) {
    const next = new Array<number>(counts.length + rank).fill(0);
    counts.forEach((count, sum) => {
      next[sum] = (next[sum] ?? 0) + count;
      next[sum + rank] = (next[sum + rank] ?? 0) + count;
    });
    counts = next;
  }
  return counts;
}

/** How many values may be left out at each end: the largest c with 2·P(statistic < c) ≤ 5 %. */
function cutOf(counts: readonly number[]): number {
  const all = counts.reduce((sum, count) => sum + count, 0);
  let below = 0;
  let cut = 0;
  while (cut < counts.length && (2 * (below + (counts[cut] ?? 0))) / all <= 0.05) {
    below += counts[cut] ?? 0;
    cut += 1;
  }
  return cut;
}

/**
 * How many orders of n + m values give each value of the Mann–Whitney statistic: coefficients of the Gaussian binomial, by the
 * recurrence [n+m, n] = [n+m−1, n−1] + q^n [n+m−1, n].
 */
function rankSumCounts(n: number, m: number): number[] {
  let row: number[][] = Array.from({ length: n + 1 }, () => [1]);
  for (let j = 1; j <= m; j++) {
    const next: number[][] = [[1]];
    for (let i = 1; i <= n; i++) {
      const fewer = next[i - 1] ?? [];
      const shifted = row[i] ?? [];
      const sum = new Array<number>(i * j + 1).fill(0);
      fewer.forEach((count, u) => {
        sum[u + j] = (sum[u + j] ?? 0) + count;
      });
      shifted.forEach((count, u) => {
        sum[u] = (sum[u] ?? 0) + count;
      });
      next.push(sum);
    }
    row = next;
  }
  return row[n] ?? [1];
}
