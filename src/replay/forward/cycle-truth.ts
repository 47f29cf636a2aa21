import { setImmediate as nextTurn } from 'node:timers/promises';
import { eachRowOf } from '../../strategies/fan-out/miner-rows.js';
import type { Miner } from '../../strategies/strategy.js';
import type { ForwardStep } from '../../trace/operation.js';
import type { CameTo } from '../workload-tally.js';
import { DigestCounts, expectedOf, judge, markOf } from './cycle-digest.js';
import { minersOf } from './miners.js';

/** All that decides what a cycle comes to. */
export interface AskedCycle {
  timeoutMs: number;
  seed: number;
  scale: number;
  miners: ForwardStep['miners'];
}

/** A cycle as text: the same for the same cycles. */
export function askedText({ timeoutMs, seed, scale, miners }: AskedCycle): string {
  return JSON.stringify({ timeoutMs, seed, scale, miners });
}

/** Numbers that are made for a run at most: each 70 million take about a second of CPU time. */
const numbersAtMost = 1e9;
const numbersATurn = 1e6;

/**
 * What cycles come to by the trace alone: worked out in the main process between rounds, when nothing is measured, once for each different
 * cycle of the run. What goes beyond a bound is left out.
 */
export class CycleTruths {
  readonly #digests = new Map<string, string | undefined>();
  #numbersLeft: number;

  constructor(numbers = numbersAtMost) {
    this.#numbersLeft = numbers;
  }

  /** What a cycle comes to, in the form in which workers tell it; undefined where nobody worked it out. */
  of(cycle: string): string | undefined {
    return this.#digests.get(cycle);
  }

  /** @param signal leaves the rest for another time when aborted */
  async workOut(cameTo: CameTo, signal: AbortSignal): Promise<void> {
    for (const [cycle, { asked }] of Object.entries(cameTo)) {
      if (signal.aborted) return;
      if (asked === undefined || this.#digests.has(cycle)) continue;
      const { timeoutMs, seed, scale, miners: recorded } = JSON.parse(asked) as AskedCycle;
      const miners = minersOf(recorded, scale);
      const numbers = miners.reduce((sum, { rows, floats }) => sum + rows * floats, 0);
      const fits = numbers <= this.#numbersLeft;
      if (fits) this.#numbersLeft -= numbers;
      const digest = fits ? await digestOf(miners, timeoutMs, seed, signal) : undefined;
      if (signal.aborted) return;
      this.#digests.set(cycle, digest);
    }
  }
}

async function digestOf(
  miners: readonly Miner[],
  timeoutMs: number,
  seed: number,
  signal: AbortSignal,
): Promise<string> {
  const counts = new DigestCounts();
  const marks: string[] = [];
  let made = 0;
  for (const [index, miner] of miners.entries()) {
    const answers = expectedOf(miner, timeoutMs) !== 'timedOut';
    const judgement = judge(miner, answers ? eachRowOf(miner, index, seed, 'typed') : undefined);
    counts.add(miner, judgement);
    marks.push(markOf(judgement));
    made += miner.rows * miner.floats;
    if (made < numbersATurn) continue;
    // Signals are heard meanwhile.
    await nextTurn();
    if (signal.aborted) break;
    made = 0;
  }
  return JSON.stringify(counts.digest(marks));
}
