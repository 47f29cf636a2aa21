/** A seeded source of random numbers, the same on every machine: xoshiro128**. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Uniform whole number in [0, below). */
  below(below: number): number;
  /** Exponential with this mean. */
  exponential(mean: number): number;
  /** Log-normal with this median and this standard deviation of the logarithm. */
  logNormal(median: number, sigma: number): number;
}

/** Spreads a seed over the generator's state: splitmix32, after Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014. */
function spread(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
}

const rotateLeft = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

/**
 * Independent streams come from one seed under different names, so that a parameter that changes one of them leaves the others alone.
 * Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018 (xoshiro128** 1.1).
 */
export function randomFrom(seed: number, stream = ''): Random {
  let folded = seed >>> 0;
  for (const character of stream) folded = Math.imul(folded ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  const next = spread(folded);
  let [a, b, c, d] = [next(), next(), next(), next() | 1];
  const word = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
  const uniform = (): number => word() / 2 ** 32;
  return {
    uniform,
    below: (below) => Math.floor(uniform() * below),
    exponential: (mean) => -mean * Math.log(1 - uniform()),
    logNormal: (median, sigma) => {
      // Box and Muller, 1958: two uniform numbers make a normal one
      const normal = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
      return median * Math.exp(sigma * normal);
    },
  };
}

/** Draws ranks 0 … count−1 with odds 1/(rank+1)^skew: Zipf's law; a skew of 0 makes all alike. */
export function zipf(count: number, skew: number): (random: Random) => number {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank++) {
    sum += (rank + 1) ** -skew;
    sums[rank] = sum;
  }
  return (random) => {
    const drawn = random.uniform() * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sums[middle] ?? 0) > drawn) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
