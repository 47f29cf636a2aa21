import { isMeasured, type StrategyResult } from '../../measure/result.js';

export const preferredBaselines = ['single-manager', 'submit-scan', 'forward-before'] as const;

/** What the others are compared with: the one asked for, else the first of the usual ones that ran, else the first that ran. */
export function chooseBaseline(results: readonly StrategyResult[], asked: string | undefined): string {
  // That it is among them was checked before; while a run goes on it may not have had its turn.
  if (asked !== undefined) return asked;
  const ran = results.filter(isMeasured);
  const usual = preferredBaselines
    .map((name) => ran.find(({ strategy }) => strategy.split('+').includes(name)))
    .find((found) => found !== undefined);
  return (usual ?? ran[0] ?? results[0])?.label ?? '';
}
