import { spreadPercent } from '../measure/noise.js';
import type { LatencySummary, MeasuredPart, MeasuredResult } from '../measure/result.js';
import { cycleTrouble } from './cycle-endings.js';
import { baselineOf, measuredResults, type Report } from './model.js';
import { tellCount, tellMs, tellPercent } from './quantity.js';
import type { TextOptions } from './table.js';
import { columns, wrapped } from './text-block.js';

export const switchColumns = [
  'change',
  'cycles',
  'mean',
  'against it',
  'p50',
  'main busy',
  'main CPU',
  'overlap',
  'pool start',
];

/** One result beside the baseline, which differs from it in the options `changed`. */
interface Changed {
  result: MeasuredResult;
  changed: string[];
}

/** Results whose options are those of the baseline but for some; only where cycles were measured. */
function changedResults(report: Report): Changed[] {
  const baseline = baselineOf(report);
  if (baseline?.workload.forward === undefined) return [];
  const names = Object.keys(baseline.options);
  return measuredResults(report).flatMap((result) => {
    const alike = Object.keys(result.options).join() === names.join() && result.workload.forward !== undefined;
    if (!alike || result === baseline) return [];
    const changed = names.filter((name) => result.options[name] !== baseline.options[name]);
    return changed.length === 0 ? [] : [{ result, changed: changed.map((name) => `${name}=${result.options[name]}`) }];
  });
}

/** What each change of the baseline's options brings by itself; empty where no result differs from it in one option alone. */
export function switchRows(report: Report): string[][] {
  const baseline = baselineOf(report);
  const results = changedResults(report);
  if (baseline === undefined || !results.some(({ changed }) => changed.length === 1)) return [];
  return [
    rowOf(`none (${baseline.label})`, baseline, undefined),
    ...results.map(({ result, changed }) => rowOf(nameOf(changed, result), result, baseline)),
  ];
}

function nameOf(changed: readonly string[], { label }: MeasuredResult): string {
  return changed.length === 1 ? (changed[0] ?? '') : `${changed.length} together (${label})`;
}

function rowOf(name: string, result: MeasuredResult, baseline: MeasuredResult | undefined): string[] {
  const cycle = figureOf(result, 'cycleMs');
  const base = baseline === undefined ? undefined : figureOf(baseline, 'cycleMs');
  const comparable = baseline === undefined || (cycleTrouble(result) ?? cycleTrouble(baseline)) === undefined;
  const against = cycle === undefined || base === undefined ? '' : comparable ? signedMs(cycle.mean - base.mean) : '–';
  const mean = (figure: string, tell: (value: number) => string): string => {
    const found = figureOf(result, figure);
    return found === undefined ? '–' : tell(found.mean);
  };
  return [
    name,
    cyclesText(result),
    mean('cycleMs', tellMs),
    against,
    cycle === undefined ? '–' : tellMs(cycle.p50),
    mean('mainBusyMs', tellMs),
    mean('mainCpuMs', tellMs),
    mean('overlapPercent', tellPercent),
    mean('poolStartMs', tellMs),
  ];
}

function cyclesText(result: MeasuredResult): string {
  const count = figureOf(result, 'cycleMs')?.count;
  const trouble = cycleTrouble(result);
  return `${count === undefined ? '–' : tellCount(count)}${trouble === undefined ? '' : ` (${trouble})`}`;
}

function figureOf({ workload }: MeasuredPart, name: string): LatencySummary | undefined {
  const found = workload?.forward?.figures[name];
  return found === undefined || found.count === 0 ? undefined : found;
}

const signedMs = (ms: number): string => (ms > 0 ? `+${tellMs(ms)}` : tellMs(ms));

/** What single changes gain and what a strategy gains that has them all, in one sentence: they need not add up. */
export function switchText(report: Report): string {
  const baseline = baselineOf(report);
  const base = baseline === undefined ? undefined : figureOf(baseline, 'cycleMs');
  if (baseline === undefined || base === undefined)
    return `${report.baseline} finished no cycle that others could be held against.`;
  const spoilt = cycleTrouble(baseline);
  if (spoilt !== undefined) return `Nothing can be held against ${baseline.label}: of its cycles ${spoilt}.`;
  // A strategy that finished no cycle has gained nothing, nor has one whose cycles stopped short.
  const results = changedResults(report).filter(
    ({ result }) => figureOf(result, 'cycleMs') !== undefined && cycleTrouble(result) === undefined,
  );
  const gain = ({ result }: Changed): number => base.mean - (figureOf(result, 'cycleMs')?.mean ?? 0);
  const means = `Means over all cycles, cold starts included. ${noiseText(baseline, base.mean)}`;
  const explained = explainedOf(results);
  if (explained === undefined) return means;
  const { whole, singles } = explained;
  const [sum, together] = [singles.reduce((total, single) => total + gain(single), 0), gain(whole)];
  const noiseMs = noiseMsOf(baseline, base.mean);
  // What lies within the noise shows nothing of the kind, and with one round nobody knows how much that is.
  const told = singles.filter((single) => gain(single) > noiseMs).length > 1 && together > noiseMs;
  const overlapping = told && sum - together > noiseMs ? ': what one saves, another cannot save again' : '';
  return `A cycle gets shorter by ${tellMs(sum)} when the own gains of ${listed(singles)} are added up, and by ${tellMs(together)} with all of them${overlapping}. ${means}`;
}

/** The result with the most changes each of which was measured by itself, and those; undefined where there is none with several. */
function explainedOf(results: readonly Changed[]): { whole: Changed; singles: Changed[] } | undefined {
  const singleOf = (change: string): Changed[] =>
    results.filter(({ changed }) => changed.length === 1 && changed[0] === change).slice(0, 1);
  const found = results.flatMap((whole) => {
    const singles = whole.changed.flatMap(singleOf);
    return whole.changed.length > 1 && singles.length === whole.changed.length ? [{ whole, singles }] : [];
  });
  return found.sort((one, other) => other.singles.length - one.singles.length)[0];
}

const listed = (singles: readonly Changed[]): string => singles.map(({ changed }) => changed.join()).join(', ');

/** The noise floor of cycles: that of the report is of its main operation, which need not be a cycle. */
function noiseText(baseline: MeasuredResult, meanMs: number): string {
  const noiseMs = noiseMsOf(baseline, meanMs);
  if (noiseMs === Number.POSITIVE_INFINITY)
    return 'With one round the noise is unknown: repeat with --rounds 3 or more.';
  const apart = tellPercent((100 * noiseMs) / meanMs);
  return `The rounds of ${baseline.label} lie ${apart} apart: less than ${tellMs(noiseMs)} says nothing.`;
}

/** How far the rounds' means lie apart; infinite with one round, which leaves it unknown. */
function noiseMsOf({ rounds }: MeasuredResult, meanMs: number): number {
  const meansMs = rounds.flatMap((round) => figureOf(round, 'cycleMs')?.mean ?? []);
  return meansMs.length < 2 ? Number.POSITIVE_INFINITY : (spreadPercent(meansMs) / 100) * meanMs;
}

/** Whether a result is one change of the baseline's, beside one that has this and others: there to explain, not to be chosen. */
export function onlyExplains(report: Report, result: MeasuredResult): boolean {
  const results = changedResults(report);
  const own = results.find((one) => one.result === result);
  return own?.changed.length === 1 && results.some((other) => isWider(other, own));
}

/** Whether one has every change that the other has, and more. */
function isWider(one: Changed, other: Changed): boolean {
  return one.changed.length > other.changed.length && other.changed.every((change) => one.changed.includes(change));
}

export function switchTitle(report: Report): string {
  return `What each change of ${report.baseline} brings by itself`;
}

/** The table as a terminal shows it; empty where there is none. */
export function renderSwitches(report: Report, options: TextOptions): string {
  const rows = switchRows(report);
  if (rows.length === 0) return '';
  return `${switchTitle(report)}:\n\n${columns(switchColumns, rows)}\n\n${wrapped(switchText(report), options.width)}\n`;
}
