import { plainTexts } from '../measure/plain-text.js';
import type { Comparison, ComparisonRow, ComparisonVerdict } from './comparison-model.js';
import { tellValue } from './condition-limit.js';
import { markdownTable, text } from './markdown-element.js';
import { painter, type Tone } from './paint.js';
import type { TextOptions } from './table.js';
import { columns, wrapped, wrappedLabel } from './text-block.js';

const tones: Record<ComparisonVerdict, Tone> = {
  better: 'good',
  worse: 'bad',
  same: 'faint',
  inconclusive: 'doubtful',
};
const units = {
  p50: 'ms',
  p95: 'ms',
  p99: 'ms',
  throughput: 'rate',
  cpu: 'percent',
  calls: 'count',
  bytes: 'bytes',
  failures: 'percent',
} as const;

/** The name of what a row compares. */
export function tellMetric(row: ComparisonRow): string {
  const name = row.operation === undefined ? row.metric : `${row.operation}.${row.metric}`;
  return row.relative ? `${name} to baseline` : name;
}

/** A row's figures as people read them: metric, base, new, change, interval, verdict. */
export function tellRow(row: ComparisonRow): string[] {
  const figure = (value: number): string =>
    row.relative ? `${value.toPrecision(3)}x` : tellValue(value, units[row.metric]);
  // From one percentage to another there are points.
  const change = (percent: number): string => signed(percent, row.metric === 'failures' ? 'points' : '%');
  const interval =
    row.intervalPercent === undefined
      ? '–'
      : `${change(row.intervalPercent.low)} … ${change(row.intervalPercent.high)}`;
  return [tellMetric(row), figure(row.base), figure(row.current), change(row.changePercent), interval, row.verdict];
}

function signed(percent: number, unit: '%' | 'points'): string {
  if (!Number.isFinite(percent)) return '∞';
  const digits = Math.abs(percent) < 100 ? 1 : 0;
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(digits)} ${unit}`;
}

/** The comparison in one sentence. */
export function comparisonSentence(comparison: Comparison): string {
  const kinds = {
    paired: 'Paired, both sides interleaved in one run',
    separate: 'Between two separate runs, which shift as wholes',
    history: 'Against the spread of the base runs',
  };
  const worse = [...comparison.rows, ...comparison.safety].filter((row) => row.verdict === 'worse');
  const strategies = [...new Set(worse.map((row) => row.strategy))].join(', ');
  const about = worse.length === 0 ? '' : ` (${strategies})`;
  return `${kinds[comparison.kind]}: ${comparison.verdict}${about}. A change counts from ${comparison.minimumEffectPercent} % on; the chance of any false alarm in the whole comparison is below 5 %.`;
}

const header = ['metric', 'base', 'new', 'change', '95 % interval', 'verdict'];

/** The comparison as a terminal shows it. */
export function renderComparison(told: Comparison, options: TextOptions): string {
  const comparison = plainTexts(told);
  const paint = painter(options.color);
  const tables = strategiesOf(comparison).map((strategy) => {
    const rows = comparison.rows.filter((row) => row.strategy === strategy);
    const safety = comparison.safety.filter((row) => row.strategy === strategy);
    const cells = [
      ...rows.map((row) => [...tellRow(row).slice(0, -1), paint(tones[row.verdict], row.verdict)]),
      ...safety.map((row) => ['safety', row.base, row.current, '', '', paint(tones[row.verdict], row.verdict)]),
    ];
    const why = [...new Set(rows.filter((row) => row.verdict === 'inconclusive').map((row) => row.reason))];
    const notes = why.map((reason) => wrapped(`inconclusive: ${reason}`, options.width));
    return [paint('strong', wrappedLabel(strategy, options.width)), columns(header, cells), ...notes].join('\n');
  });
  const remarks = remarksOf(comparison).map((line) => paint('doubtful', wrapped(line, options.width)));
  const sentence = paint(tones[comparison.verdict], wrapped(comparisonSentence(comparison), options.width));
  return `${[...tables, ...remarks, sentence].join('\n\n')}\n`;
}

/** The comparison as GitHub-flavoured Markdown: what changed first, all figures folded away. */
export function comparisonMarkdown(comparison: Comparison): string {
  const changed = [...comparison.rows].filter((row) => row.verdict === 'worse' || row.verdict === 'better');
  const rows = (list: readonly ComparisonRow[]): string[][] => list.map((row) => [row.strategy, ...tellRow(row)]);
  const safety = comparison.safety.map((row) => [row.strategy, 'safety', row.base, row.current, '', '', row.verdict]);
  const titles = ['strategy', ...header];
  const all = markdownTable(titles, [...rows(comparison.rows), ...safety]);
  const parts = [
    `## ipcbench compare: ${comparison.verdict}`,
    text(comparisonSentence(comparison)),
    remarksOf(comparison)
      .map((line) => `- ${text(line)}`)
      .join('\n'),
    markdownTable(titles, [...rows(changed), ...safety.filter((row) => row.at(-1) !== 'same')]),
    `<details><summary>All figures</summary>\n\n${all}\n\n</details>`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** What could not be judged, and what differs between the runs. */
export function remarksOf(comparison: Comparison): string[] {
  return [
    ...comparison.unmeasured.map(({ strategy, reason }) => `${strategy} could not be judged: ${reason}`),
    ...comparison.warnings.map((warning) => `Warning: ${warning}`),
    ...comparison.safety
      .filter((row) => row.verdict !== 'same')
      .map((row) => `${row.strategy}: safety ${row.base} → ${row.current}: ${row.reason}`),
  ];
}

function strategiesOf(comparison: Comparison): string[] {
  return [...new Set([...comparison.rows, ...comparison.safety].map((row) => row.strategy))];
}
