import type { Miner } from '../../strategies/strategy.js';
import { type Random, randomFrom } from '../../trace/generate/random.js';
import type { MinerDelay, Step } from '../../trace/operation.js';

type ForwardStep = Step & { do: 'forward' };

/** Numbers in a row unless the trace says otherwise. */
const defaultFloats = 289;

/**
 * The miners of a cycle: those that the trace names, or drawn from its distribution.
 * @param payloadScale share of the rows to make; what answers with rows keeps one at least
 */
export function minersOf(miners: ForwardStep['miners'], payloadScale: number): Miner[] {
  const scaled = (rows: number): number => (rows === 0 ? 0 : Math.max(Math.round(rows * payloadScale), 1));
  if (Array.isArray(miners))
    return miners.map(({ delayMs, rows, floats = defaultFloats, fails = false }) => {
      return { delayMs, rows: scaled(rows), floats, fails };
    });
  const { count, delay, rows, floats = defaultFloats, seed = 0, failShare = 0 } = miners;
  const random = randomFrom(seed, 'miners');
  return Array.from({ length: count }, () => {
    const delayMs = drawn(delay, random);
    return { delayMs, rows: scaled(rows), floats, fails: random.uniform() < failShare };
  });
}

/** Of a distribution that a trace may have it is always a number; one beyond the largest is infinite, and the miner is cut. */
function drawn(delay: MinerDelay, random: Random): number {
  if ('medianMs' in delay) return random.logNormal(delay.medianMs, delay.sigma);
  return delay.minMs + random.uniform() * (delay.maxMs - delay.minMs);
}
