import type { Comparison } from './comparison-model.js';
import { comparisonMarkdown, comparisonSentence, remarksOf, renderComparison, tellRow } from './comparison-table.js';
import type { Outcome } from './evaluation.js';
import { tellOutcomes } from './gate.js';
import { escaped, type Markup, section, table } from './html/element.js';
import { renderHtml } from './html.js';
import { renderJunit } from './junit.js';
import { text } from './markdown-element.js';
import type { Report } from './model.js';
import type { Format } from './output.js';
import { writeWhole } from './store.js';
import type { TextOptions } from './table.js';

export interface ComparisonOutputs {
  html?: string;
  markdown?: string;
  junit?: string;
}

/**
 * Writes a comparison to every output asked for.
 * @param base the report whose lines are drawn under those of `report`; none where both sides are in one
 * @throws IpcbenchError `FILE`
 */
export function writeComparison(
  report: Report,
  base: Report | undefined,
  comparison: Comparison,
  outcomes: readonly Outcome[],
  outputs: ComparisonOutputs,
): void {
  if (outputs.html !== undefined) {
    const page = renderHtml(report, {
      lead: comparisonPart(comparison, outcomes),
      ...(base === undefined ? {} : { base }),
    });
    writeWhole(outputs.html, page);
  }
  if (outputs.markdown !== undefined) writeWhole(outputs.markdown, withOutcomes(comparison, outcomes));
  if (outputs.junit !== undefined) writeWhole(outputs.junit, renderJunit(report, comparison, outcomes));
}

/** The comparison as standard output gets it. */
export function renderComparisonAs(
  format: Format,
  comparison: Comparison,
  outcomes: readonly Outcome[],
  options: TextOptions,
): string {
  if (format === 'json') return `${JSON.stringify({ ...comparison, conditions: outcomes }, null, 1)}\n`;
  if (format === 'markdown') return withOutcomes(comparison, outcomes);
  return renderComparison(comparison, options);
}

function withOutcomes(comparison: Comparison, outcomes: readonly Outcome[]): string {
  const lines = tellOutcomes(outcomes).map((line) => `- ${text(line)}`);
  return comparisonMarkdown(comparison) + (lines.length === 0 ? '' : `\n**Conditions**\n\n${lines.join('\n')}\n`);
}

function comparisonPart(comparison: Comparison, outcomes: readonly Outcome[]): Markup {
  const tones = { worse: 'bad', better: 'good', same: 'faint', inconclusive: 'doubtful' } as const;
  const rows = comparison.rows.map((row) => {
    const [metric = '', base = '', current = '', change = '', interval = '', verdict = ''] = tellRow(row);
    return [
      row.strategy,
      metric,
      { text: base, value: row.base },
      { text: current, value: row.current },
      { text: change, value: row.changePercent },
      { text: interval },
      { text: verdict, tone: tones[row.verdict] },
    ];
  });
  const safety = comparison.safety.map((row) => [
    row.strategy,
    'safety',
    { text: row.base },
    { text: row.current },
    { text: '' },
    { text: '' },
    { text: row.verdict, tone: tones[row.verdict] },
  ]);
  const remarks = [...remarksOf(comparison), ...tellOutcomes(outcomes)].map((line) => `<li>${escaped(line)}</li>`);
  const body = `<p class="conclusion"><b class="${tones[comparison.verdict]}">${comparison.verdict}</b>. ${escaped(comparisonSentence(comparison))}</p><ul>${remarks.join('')}</ul>`;
  const titles = ['strategy', 'metric', 'base', 'new', 'change', '95 % interval', 'verdict'];
  return section('Compared', body + table('Dashed lines below are the base', titles, [...rows, ...safety]));
}
