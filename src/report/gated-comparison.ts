import { exitCodes, IpcbenchError } from '../errors.js';
import { compareReports, compareWithin } from './comparison.js';
import type { Comparison } from './comparison-model.js';
import { parseConditions } from './condition.js';
import { type GateConfig, overridden, parsePercent, readConfig } from './config.js';
import { evaluate, type Outcome } from './evaluation.js';
import { exitCodeOf, requireSafe } from './gate.js';
import type { Report } from './model.js';
import { type SelfTest, selfTest } from './self-test.js';

/** What the user asked a comparison to be judged by, as flags give it. */
export interface GateFlags {
  failOn: string[];
  requireSafe?: boolean;
  strict?: boolean;
  minimumEffect?: string;
  config?: string;
}

export interface ComparisonRequest {
  /** Base reports and last the new one, or one report whose strategies are compared with its baseline. */
  reports: readonly Report[];
  names: readonly string[];
  gate: GateConfig;
  /** With one report: the strategy that the others are held against. */
  baseline?: string;
  force?: boolean;
}

export interface GatedComparison {
  report: Report;
  /** The report that `report` is laid over; none where both sides are in one. */
  base?: Report;
  comparison: Comparison;
  outcomes: Outcome[];
  exitCode: number;
}

/** Gates from the config file, over it the environment, over both the flags. @throws IpcbenchError `FILE`, `BAD_OPTION` */
export function gateFrom(flags: GateFlags, env: Readonly<Record<string, string | undefined>>): GateConfig {
  const { minimumEffect } = flags;
  return overridden(readConfig(flags.config, env), {
    failOn: flags.failOn,
    ...(flags.requireSafe === undefined ? {} : { requireSafe: flags.requireSafe }),
    ...(flags.strict === undefined ? {} : { strict: flags.strict }),
    ...(minimumEffect === undefined ? {} : { minimumEffectPercent: parsePercent(minimumEffect, '--minimum-effect') }),
  });
}

/**
 * Compares, holds the new report against the conditions, and says how that ends.
 * @throws IpcbenchError `BAD_REPORT`, `BAD_CONDITION`, `USAGE`
 */
export function compareGated(request: ComparisonRequest): GatedComparison {
  const conditions = parseConditions(request.gate.failOn);
  const { report, bases, comparison } = compared(request);
  const options = bases.length === 0 ? { within: request.baseline ?? report.baseline } : { bases };
  const outcomes = [
    ...conditions.map((condition) => evaluate(condition, report, options)),
    ...(request.gate.requireSafe ? [requireSafe(report)] : []),
  ];
  const base = bases.at(-1);
  const exitCode = codeOf(report, comparison, outcomes, request.gate.strict);
  return { report, ...(base === undefined ? {} : { base }), comparison, outcomes, exitCode };
}

function compared({ reports, names, gate, baseline, force }: ComparisonRequest) {
  const bases = reports.slice(0, -1);
  const report = reports.at(-1);
  if (report === undefined) throw new IpcbenchError('USAGE', 'no report to compare; give at least one file');
  if (bases.length > 0 && baseline !== undefined)
    throw new IpcbenchError(
      'USAGE',
      '--baseline goes with one report; between reports, ratios are taken to the baseline of each',
    );
  const effect = gate.minimumEffectPercent;
  const options = { names, force: force === true, ...(effect === undefined ? {} : { minimumEffectPercent: effect }) };
  const comparison =
    bases.length === 0 ? compareWithin(report, baseline, options) : compareReports(bases, report, options);
  return { report, bases, comparison };
}

function codeOf(report: Report, comparison: Comparison, outcomes: readonly Outcome[], strict: boolean): number {
  if (report.state === 'complete' && comparison.unmeasured.length > 0) return exitCodes.unmeasured;
  const { verdict } = comparison;
  const told = { worse: verdict === 'worse', undecided: strict && verdict === 'inconclusive' };
  return exitCodeOf({ report, outcomes, comparison: told, unavailableMatters: false });
}

/**
 * Tries the conditions on made-worse copies of the first report; the others count as further base reports. With `baseline`, both sides
 * are taken to be in one run.
 * @throws IpcbenchError `USAGE` where there is no condition to try, `BAD_CONDITION`
 */
export function tryConditions({ reports, gate, baseline }: ComparisonRequest): { tests: SelfTest[]; exitCode: number } {
  const conditions = parseConditions(gate.failOn);
  const [base] = reports;
  if (base === undefined || conditions.length === 0)
    throw new IpcbenchError(
      'USAGE',
      '--self-test needs conditions to try: give --fail-on, or failOn in ipcbench.config.json',
    );
  const tests = selfTest(conditions, base, baseline === undefined ? { bases: reports } : { within: baseline });
  return { tests, exitCode: tests.every((test) => test.canFail) ? exitCodes.ok : exitCodes.failed };
}
