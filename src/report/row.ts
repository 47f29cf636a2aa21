import { claimsAnything } from '../measure/claims.js';
import type {
  CoordinatorUsage,
  LatencySummary,
  MeasuredResult,
  OperationResult,
  Percentile,
} from '../measure/result.js';
import { baselineOf, isMeasured, type Report, type ReportWarning } from './model.js';
import type { Tone } from './paint.js';
import { countOf, tellBytes, tellChange, tellCount, tellMs, tellNumber, tellPercent } from './quantity.js';
import { raceText } from './race.js';

/** What every rendering of the main table shares: the same columns, figures, marks and notes. */

export interface Figure {
  text: string;
  /** The figure itself as the report has it, in its own unit. */
  value?: number;
  tone?: Tone;
}

export type Row =
  | { label: string; measured: true; saturated: boolean; figures: Figure[] }
  | { label: string; measured: false; text: string };

export const mainColumns = [
  'count',
  'p50',
  'p95',
  'p99',
  'max',
  'p99 change',
  'ops/s',
  'calls/op',
  'bytes/op',
  'coordinator',
  'safety',
] as const;

export const operationColumns = ['count', 'p50', 'p95', 'p99', 'max', 'p99 change'] as const;

const shown = ['p50', 'p95', 'p99', 'max'] as const;

/** The rows of the main table: one a strategy, for the operation `operation`. */
export function mainRows(report: Report, operation = report.trace.primary): Row[] {
  return report.results.map((result): Row => {
    if (!isMeasured(result)) return { label: result.label, measured: false, text: `${result.state}: ${result.reason}` };
    return {
      label: result.label,
      measured: true,
      saturated: result.generator.saturated,
      figures: [
        ...latencyFigures(report, result, operation),
        number(result.throughput.operationsPerSecond),
        number(result.calls.perOperation),
        { text: tellBytes(result.calls.bytesSentPerOperation + result.calls.bytesReceivedPerOperation) },
        cpuFigure(busiestCoordinator(result)),
        { text: result.safety.verdict, tone: safetyTones[result.safety.verdict] },
      ],
    };
  });
}

/** Count, percentiles and change of one operation on one strategy. */
export function latencyFigures(report: Report, result: MeasuredResult, operation: string): Figure[] {
  const found = result.operations[operation];
  if (found === undefined) return operationColumns.map(() => ({ text: '–' }));
  const latency = found.responseMs;
  return [
    { text: tellCount(found.count), value: found.count },
    ...shown.map((percentile) => ({ text: tellPercentile(latency, percentile), value: latency[percentile] })),
    changeFigure(report, result, operation),
  ];
}

function number(value: number): Figure {
  return { text: tellNumber(value), value };
}

/** A percentile with its marks: `≥` where it reaches into unfinished operations, `~` where few samples lie beyond it. */
export function tellPercentile(latency: LatencySummary, percentile: Percentile): string {
  if (latency.count === 0) return '–';
  const atLeast = latency.atLeast?.includes(percentile) === true ? '≥' : '';
  const thin = percentile !== 'max' && latency.thin?.includes(percentile) === true ? '~' : '';
  return `${atLeast}${thin}${tellMs(latency[percentile])}`;
}

const safetyTones = { safe: 'good', unsafe: 'bad', unchecked: 'doubtful' } as const;

function changeFigure(report: Report, result: MeasuredResult, operation: string): Figure {
  if (result.label === report.baseline) return { text: 'baseline', tone: 'faint' };
  const base = baselineOf(report)?.operations[operation]?.responseMs;
  const own = result.operations[operation]?.responseMs;
  if (base === undefined || own === undefined || base.count === 0 || own.count === 0) return { text: '–' };
  const text = tellChange(own.p99, base.p99) ?? '–';
  const noise = (report.noise?.spreadPercent.p99 ?? 0) / 100;
  const tone = own.p99 < base.p99 * (1 - noise) ? 'good' : own.p99 > base.p99 * (1 + noise) ? 'bad' : 'faint';
  return { text, tone };
}

/** The coordinator that is nearest to being the bottleneck: CPU and run-queue wait of its busiest thread together. */
export function busiestCoordinator(result: MeasuredResult): CoordinatorUsage | undefined {
  const strain = (usage: CoordinatorUsage): number => usage.busiestThreadPercent.mean + usage.runQueueWaitPercent.mean;
  return result.coordinators.reduce<CoordinatorUsage | undefined>(
    (most, usage) => (most === undefined || strain(usage) > strain(most) ? usage : most),
    undefined,
  );
}

function cpuFigure(usage: CoordinatorUsage | undefined): Figure {
  if (usage === undefined) return { text: '–' };
  const tones = {
    severe: 'bad',
    overloaded: 'doubtful',
    starved: 'doubtful',
    healthy: 'good',
    unknown: 'faint',
  } as const;
  return {
    text: `${tellPercent(usage.cpuPercent.mean)} ${usage.verdict}`,
    value: usage.cpuPercent.mean,
    tone: tones[usage.verdict],
  };
}

/** What the marks of the table mean; only those that occur. */
export function legend(report: Report, rows: readonly Row[]): string[] {
  const text = rows.map((row) => (row.measured ? row.figures.map((figure) => figure.text).join(' ') : '')).join(' ');
  const lines = [`p99 change: response time at p99 against ${report.baseline}`];
  if (text.includes('≥')) lines.push('≥: reaches into operations that never finished; the true value is at least this');
  if (text.includes('~')) lines.push('~: fewer than 10 samples lie beyond this percentile');
  if (rows.some((row) => row.measured && row.saturated))
    lines.push('!: the load generator was saturated; this row measures the generator too');
  if (report.results.some((result) => result.strategy === 'none'))
    lines.push("none: does nothing; its row is the harness' own floor");
  return lines;
}

/** A warning in one line, with what to do about it. */
export function tellWarning({ text, advice }: ReportWarning): string {
  return advice === '' ? text : `${text.replace(/\.$/, '')}; ${advice}`;
}

/** What a reader must know beside the figures of each strategy, one line each. */
export function notes(report: Report): { label: string; text: string; tone: Tone }[] {
  return report.results.filter(isMeasured).flatMap((result) => {
    const lines: { text: string; tone: Tone }[] = [];
    if (result.state === 'partial')
      lines.push({ text: `partial: ${result.reason ?? 'it did not run to its end'}`, tone: 'bad' });
    if (result.slowedBy !== undefined)
      lines.push({
        text: `${result.slowedBy} ran inside its coordinator and slowed it: these figures are no measurement`,
        tone: 'bad',
      });
    if (result.generator.saturated)
      lines.push({ text: `generator saturated: ${result.generator.reasons.join('; ')}`, tone: 'bad' });
    if (result.safety.verdict !== 'safe' && needsNote(result))
      lines.push({
        text: `${result.safety.verdict}: ${result.safety.reason}`,
        tone: safetyTones[result.safety.verdict],
      });
    const race = raceText(result);
    if (race !== undefined) lines.push({ text: `safe in this run; but ${race}`, tone: 'doubtful' });
    for (const incident of new Set(result.rounds.flatMap((round) => round.incidents)))
      lines.push({ text: incident, tone: 'bad' });
    for (const [name, operation] of Object.entries(result.operations)) {
      const failures = tellFailures(name, operation);
      if (failures !== undefined) lines.push({ text: failures, tone: 'doubtful' });
    }
    return lines.map((line) => ({ label: result.label, ...line }));
  });
}

/** What claims nothing is unchecked by definition, which needs no note. */
function needsNote({ claims, safety }: MeasuredResult): boolean {
  return claimsAnything(claims) || safety.verdict === 'unsafe';
}

function tellFailures(name: string, operation: OperationResult): string | undefined {
  const parts = [
    ...(operation.errors > 0 ? [countOf(operation.errors, 'error')] : []),
    ...(operation.timeouts > 0 ? [`${tellCount(operation.timeouts)} timed out`] : []),
    ...(operation.unfinished > 0 ? [`${tellCount(operation.unfinished)} unfinished`] : []),
  ];
  if (parts.length === 0) return undefined;
  const without = operation.responseSucceededMs;
  const differs =
    without === undefined || without.count === 0 ? '' : `; p99 of the others ${tellPercentile(without, 'p99')}`;
  const first = operation.errorExamples?.[0];
  const example = first === undefined ? '' : ` (“${first.message}” ${tellCount(first.count)}×)`;
  return `${name}: ${parts.join(', ')} of ${tellCount(operation.count)}${example}${differs}`;
}
