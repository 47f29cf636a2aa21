import { exitCodes } from '../errors.js';
import { claimsAnything } from '../measure/claims.js';
import { type Outcome, type Status, worst } from './evaluation.js';
import { isMeasured, measuredResults, type Report } from './model.js';

/**
 * `--require-safe`: whether every strategy that promises anything kept it. One that claims nothing (`none`, `unlocked`) has nothing to
 * keep and is left out, unless its cycles came to something else than they do. Unsafe fails; unchecked is undecided; a strategy that did not run to its end is unmeasured.
 */
export function requireSafe(report: Report): Outcome {
  const strategies = report.results.flatMap((result): Outcome['strategies'] => {
    const unsafe = isMeasured(result) && result.safety.verdict === 'unsafe';
    if (!claimsAnything(result.claims) && !unsafe) return [];
    if (result.state === 'unavailable') return [];
    if (!isMeasured(result)) return [{ label: result.label, status: 'unmeasured', text: `failed: ${result.reason}` }];
    const statuses = { safe: 'passed', unsafe: 'failed', unchecked: 'undecided' } as const;
    const status: Status = statuses[result.safety.verdict];
    return [{ label: result.label, status, text: `${result.safety.verdict}: ${result.safety.reason}` }];
  });
  const status = strategies.length === 0 ? 'undecided' : worst(strategies.map((each) => each.status));
  const text =
    strategies.length === 0
      ? 'no strategy of this report claims anything, so nothing was checked'
      : strategies
          .filter((each) => each.status === status)
          .map((each) => `[${each.label}] ${each.text}`)
          .join('; ');
  return { condition: '--require-safe', status, text, strategies };
}

export interface Ending {
  report: Report;
  /** What the conditions gave, `--require-safe` among them. */
  outcomes: readonly Outcome[];
  /** Whether strategies that cannot run here were asked for by name (`all` asks for none by name). */
  unavailableMatters?: boolean;
  /** A comparison: whether it found something worse, or could not tell under `--strict`. */
  comparison?: { worse: boolean; undecided: boolean };
}

/**
 * The exit code of a run or comparison, the first that applies: 130 interrupted · 3 could not measure · 1 failed · 4 undecided · 0.
 * (2, wrong usage or bad input, is thrown as an error.)
 */
export function exitCodeOf(ending: Ending): number {
  const { report, outcomes, comparison } = ending;
  if (report.state === 'interrupted') return exitCodes.interrupted;
  if (unmeasured(report, ending.unavailableMatters ?? true)) return exitCodes.unmeasured;
  const statuses = outcomes.map((outcome) => outcome.status);
  if (statuses.includes('unmeasured')) return exitCodes.unmeasured;
  if (statuses.includes('failed') || comparison?.worse === true) return exitCodes.failed;
  if (statuses.includes('undecided') || comparison?.undecided === true) return exitCodes.undecided;
  return exitCodes.ok;
}

function unmeasured(report: Report, unavailableMatters: boolean): boolean {
  if (measuredResults(report).length === 0) return true;
  return report.results.some(
    (result) =>
      result.state === 'failed' || result.state === 'partial' || (unavailableMatters && result.state === 'unavailable'),
  );
}

/** The outcomes as lines for a person, the ones that decide first. */
export function tellOutcomes(outcomes: readonly Outcome[]): string[] {
  const words: Record<Status, string> = {
    unmeasured: 'could not be measured',
    failed: 'FAILED',
    undecided: 'could not be decided',
    passed: 'passed',
  };
  const order: readonly Status[] = ['unmeasured', 'failed', 'undecided', 'passed'];
  return [...outcomes]
    .sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status))
    .map((outcome) => `${outcome.condition}: ${words[outcome.status]}: ${outcome.text}`);
}
