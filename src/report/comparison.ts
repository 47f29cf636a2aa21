import { IpcbenchError } from '../errors.js';
import { checkComparable, costWarnings } from './comparability.js';
import type {
  Comparison,
  ComparisonOptions,
  ComparisonRow,
  ComparisonVerdict,
  SafetyRow,
  Side,
} from './comparison-model.js';
import { runsOfHistory } from './comparison-trial.js';
import { judgeBetween, judgePaired } from './comparison-verdict.js';
import { unfitness } from './evaluation.js';
import { judgeFailuresBetween, judgeFailuresPaired, withoutFalseGains } from './failure-comparison.js';
import { baselineOf, isMeasured, measuredResults, type Report } from './model.js';

const pairedEffectPercent = 5;
const separateEffectPercent = 10;

/**
 * Compares a report with one or more earlier ones of the same replay.
 * @throws IpcbenchError `BAD_REPORT` when they are not comparable, or have no strategy in common
 */
export function compareReports(bases: readonly Report[], current: Report, options: ComparisonOptions = {}): Comparison {
  const names = options.names ?? [...bases.map((_, index) => `base ${index + 1}`), 'the new report'];
  const warnings = checkComparable(bases, current, names, options.force === true);
  const sides = current.results.filter(isMeasured).flatMap((result): Side[] => {
    const before = bases.flatMap((base) => measuredResults(base).find((other) => other.label === result.label) ?? []);
    return before.length === bases.length ? [{ label: result.label, bases: before, current: result }] : [];
  });
  const effect = options.minimumEffectPercent ?? separateEffectPercent;
  const judged = sides.filter(fit);
  const carriedOnly = warnings.length > 0;
  const rows = judgeBetween(judged, referenceSide(bases, current, sides), effect, carriedOnly);
  const failures = judgeFailuresBetween(judged, effect);
  const kind = bases.length >= runsOfHistory ? 'history' : 'separate';
  return finished({
    kind,
    effect,
    rows: [...withoutFalseGains(rows, failures, effect), ...(carriedOnly ? [] : failures)],
    sides,
    warnings: [...warnings, ...notInBoth(bases, current), ...costWarnings([...bases, current])],
    unmeasured: lost(bases, current),
  });
}

/**
 * Compares the strategies of one run with one of them, round by round: the only form that is sound on a noisy machine.
 * @param base label of the strategy that the others are held against; default: the report's baseline
 * @throws IpcbenchError `BAD_REPORT` when there is no such pair in the report
 */
export function compareWithin(report: Report, base = report.baseline, options: ComparisonOptions = {}): Comparison {
  const results = measuredResults(report);
  const before = results.find((result) => result.label === base);
  const others = results.filter((result) => result.label !== base);
  if (before === undefined || others.length === 0)
    throw new IpcbenchError(
      'BAD_REPORT',
      `${options.names?.[0] ?? 'the report'}: nothing to compare with ${base}; it has figures of ${results.map((result) => result.label).join(', ') || 'nothing'}`,
    );
  const sides = others.map((current): Side => ({ label: current.label, bases: [before], current }));
  const effect = options.minimumEffectPercent ?? pairedEffectPercent;
  const judged = sides.filter(fit);
  const failures = judgeFailuresPaired(judged, effect);
  const rows = [...withoutFalseGains(judgePaired(judged, effect), failures, effect), ...failures];
  const failed = report.results.flatMap((result) =>
    result.state === 'failed' ? [{ strategy: result.label, reason: `failed: ${result.reason}` }] : [],
  );
  return finished({ kind: 'paired', effect, rows, sides, warnings: costWarnings([report]), unmeasured: failed });
}

function fit(side: Side): boolean {
  return [...side.bases, side.current].every((result) => unfitness(result) === undefined);
}

/** The baseline strategy in all the runs, where they agree on it: what ratios are taken to. */
function referenceSide(bases: readonly Report[], current: Report, sides: readonly Side[]): Side | undefined {
  const baseline = baselineOf(current);
  if (baseline === undefined || bases.some((base) => base.baseline !== current.baseline)) return undefined;
  return sides.find((side) => side.label === baseline.label && fit(side));
}

function notInBoth(bases: readonly Report[], current: Report): string[] {
  const known = new Set(bases.flatMap((base) => base.results.map((result) => result.label)));
  const fresh = current.results.filter((result) => !known.has(result.label)).map((result) => result.label);
  const labels = new Set(current.results.map((result) => result.label));
  const gone = [...known].filter((label) => !labels.has(label));
  return [
    ...(fresh.length === 0 ? [] : [`only in the new report: ${fresh.join(', ')}`]),
    ...(gone.length === 0 ? [] : [`only in the base: ${gone.join(', ')}`]),
  ];
}

/** Strategies that the base has figures of and the new report could not measure. */
function lost(bases: readonly Report[], current: Report): Comparison['unmeasured'] {
  return current.results.flatMap((result) => {
    if (isMeasured(result)) return [];
    const before = bases.some((base) => measuredResults(base).some((other) => other.label === result.label));
    return before ? [{ strategy: result.label, reason: `${result.state}: ${result.reason}` }] : [];
  });
}

interface Draft {
  kind: Comparison['kind'];
  effect: number;
  rows: ComparisonRow[];
  sides: readonly Side[];
  warnings: string[];
  unmeasured: Comparison['unmeasured'];
}

function finished(draft: Draft): Comparison {
  const safety = draft.sides.map(safetyRow);
  const unfit = draft.sides.flatMap((side) => {
    const reason = [side.current, ...side.bases].map(unfitness).find((each) => each !== undefined);
    return reason === undefined ? [] : [{ strategy: side.label, reason }];
  });
  return {
    schema: 'ipcbench.comparison/1',
    kind: draft.kind,
    verdict: overall(draft.rows, safety, draft.unmeasured.length + unfit.length > 0),
    minimumEffectPercent: draft.effect,
    rows: draft.rows,
    safety,
    warnings: draft.warnings,
    unmeasured: [...draft.unmeasured, ...unfit],
  };
}

function safetyRow(side: Side): SafetyRow {
  const before = side.bases.some((base) => base.safety.verdict === 'unsafe')
    ? 'unsafe'
    : (side.bases.at(-1)?.safety.verdict ?? 'unchecked');
  const { verdict: now, reason } = side.current.safety;
  const verdict =
    before === now
      ? 'same'
      : now === 'unsafe'
        ? 'worse'
        : before === 'unsafe' && now === 'safe'
          ? 'better'
          : 'inconclusive';
  return { strategy: side.label, base: before, current: now, verdict, reason };
}

/** Worse where anything is; else inconclusive where anything was not measured or not told; else better where anything is. */
function overall(rows: readonly ComparisonRow[], safety: readonly SafetyRow[], incomplete: boolean): ComparisonVerdict {
  const telling = new Set(rows.filter((row) => row.relative).map((row) => row.strategy));
  const told = (row: ComparisonRow): boolean => row.verdict !== 'inconclusive' || row.metric === 'failures';
  const decisive = rows.filter((row) => row.relative || !telling.has(row.strategy) || told(row));
  const verdicts = [...decisive, ...safety].map((row) => row.verdict);
  if (incomplete && !verdicts.includes('worse')) return 'inconclusive';
  return (['worse', 'inconclusive', 'better'] as const).find((each) => verdicts.includes(each)) ?? 'same';
}
