import type { MeasuredResult, StrategyResult } from '../../measure/result.js';

/** What every strategy's cycles have to come to alike, and how that is told. */
const compared = { rows: 'rows', valid: 'valid answers', invalid: 'invalid answers', timedOut: 'miners timed out' };

/**
 * Holds what the cycles of a run's strategies came to against each other. Strategies carry the same answers of the same miners: one that hands
 * over other ones than the first safe one is unsafe, however fast it was.
 */
export function compareCycles(results: readonly StrategyResult[]): StrategyResult[] {
  const comparable = results.filter((result): result is MeasuredResult => cyclesOf(result) > 0);
  const reference = comparable.find(({ safety }) => safety.verdict === 'safe') ?? comparable[0];
  if (reference === undefined) return [...results];
  return results.map((result) => {
    if (result === reference || cyclesOf(result) !== cyclesOf(reference)) return result;
    const difference = differenceOf(result as MeasuredResult, reference);
    return difference === undefined ? result : unsafe(result as MeasuredResult, difference);
  });
}

/** Cycles that were finished, where none failed: only these can be compared. */
function cyclesOf(result: StrategyResult): number {
  if (result.state !== 'complete') return 0;
  const forward = result.workload.forward;
  const failed = Object.values(result.operations).reduce((sum, { errors, unfinished }) => sum + errors + unfinished, 0);
  return failed > 0 ? 0 : (forward?.figures.cycleMs?.count ?? 0);
}

function differenceOf({ workload }: MeasuredResult, reference: MeasuredResult): string | undefined {
  const [own, other] = [workload.forward?.counts ?? {}, reference.workload.forward?.counts ?? {}];
  const told = Object.entries(compared)
    .filter(([name]) => (own[name] ?? 0) !== (other[name] ?? 0))
    .map(([name, words]) => `${own[name] ?? 0} ${words} where ${reference.label} has ${other[name] ?? 0}`);
  if (told.length > 0) return `its cycles came to ${told.join(', ')}`;
  if (own.sum !== other.sum)
    return `its cycles' numbers add up to ${own.sum} where ${reference.label}'s add up to ${other.sum}`;
  return undefined;
}

function unsafe(result: MeasuredResult, difference: string): MeasuredResult {
  const { safety } = result;
  const reason = safety.verdict === 'unsafe' ? `${safety.reason}; ${difference}` : difference;
  return { ...result, safety: { ...safety, verdict: 'unsafe', reason } };
}
