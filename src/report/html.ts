import { conclusionOf } from './conclusion.js';
import { faultColumns, faultRows } from './fault-table.js';
import { coordinatorProfiles } from './html/coordinator-profiles.js';
import { type Chart, cpuOverTime, latencyOverTime, percentileChart } from './html/curve.js';
import { drawCharts } from './html/drawing.js';
import { dataElement, escaped, folded, type Markup, section, table } from './html/element.js';
import { chartLibrary } from './html/library.js';
import { blameTable, coordinatorTable, costTable, longHeldTable } from './html/lock-tables.js';
import { phaseBars } from './html/phase-bars.js';
import { safetyLines } from './html/safety-line.js';
import { style } from './html/style.js';
import { sweepChart } from './html/sweep-chart.js';
import { settingRows } from './markdown.js';
import { measuredResults, type Report } from './model.js';
import { enableZoom } from './profile/flame-zoom.js';
import { tellMs, tellPercent } from './quantity.js';
import { legend, mainColumns, mainRows, notes, operationColumns, type Row, tellWarning } from './row.js';
import { switchColumns, switchRows, switchText, switchTitle } from './switch-table.js';
import { heading, otherRows } from './table.js';
import { tablesWithin, wrappedLabel } from './text-block.js';
import { isLevel, workloadTables } from './workload-table.js';

export interface HtmlOptions {
  /** A report that this one is compared with: its lines are drawn dashed. */
  base?: Report;
  /** Markup that comes first, such as a comparison. */
  lead?: Markup;
}

/** The report as one self-contained page: no network, opens from disk, readable on a phone, in the dark and on paper. */
export function renderHtml(report: Report, options: HtmlOptions = {}): string {
  const { primary } = report.trace;
  const over = {
    percentiles: percentileChart(report, options.base, primary),
    latency: latencyOverTime(report, options.base, primary),
    cpu: cpuOverTime(report, options.base),
  };
  const charts = Object.values(over).filter((chart) => chart !== undefined);
  const rows = mainRows(report);
  const others = otherRows(report);
  const series = seriesTable(over.latency, over.cpu);
  const body = [
    `<h1>ipcbench: ${escaped(report.trace.name)}</h1>`,
    options.lead ?? '',
    `<p class="conclusion">${escaped(conclusionOf(report))}</p>`,
    section('Strategies', rowTable(heading(report), mainColumns, rows) + remarks(report, [...rows, ...others])),
    section(
      `Response time of ${primary} by percentile`,
      chartBox(
        over.percentiles,
        `Response time of ${primary} by percentile, one line a strategy`,
        percentileTable(report),
      ),
    ),
    section(
      `Response time of ${primary}${over.cpu === undefined ? '' : ' and coordinator CPU'} over time`,
      chartBox(over.latency, `p99 of ${primary} in each second`, over.cpu === undefined ? series : '') +
        chartBox(over.cpu, 'CPU of the busiest coordinator in each second, percent of one core', series),
    ),
    section(`Where the time of ${primary} goes`, phaseBars(report, primary)),
    section('What went wrong', safetyLines(report)),
    section('Faults injected', faultTable(report)),
    section('Hot keys, and who waited for whom', blameTable(report)),
    section('Locks held longest', longHeldTable(report)),
    section('Other operations', rowTable('Response time', operationColumns, others)),
    ...workloadSections(report),
    section(switchTitle(report), switchTable(report)),
    section('Recorded against replayed', recordedTable(report)),
    section('Sweep', sweepChart(report)),
    section('Costs and coordinators', costTable(report) + coordinatorTable(report)),
    section('Coordinators, profiled while they were measured', coordinatorProfiles(report)),
    section('Settings and host', table('How and where it was run', ['what', 'value'], settingRows(report))),
  ];
  return page(`ipcbench: ${report.trace.name}`, body.filter((part) => part !== '').join('\n'), charts);
}

/** A page with everything it needs inside it; it asks for nothing from anywhere. */
export function page(title: string, body: Markup, charts: readonly Chart[]): string {
  const library = charts.length === 0 ? undefined : chartLibrary();
  const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
  const script =
    library === undefined
      ? ''
      : `${dataElement('charts', charts)}<script>${library.script}</script><script>(${drawCharts.toString()})(document, uPlot, ResizeObserver);</script>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<title>${escaped(title)}</title><style>${library?.style ?? ''}${style}</style></head>
<body>
${body}
${script}${body.includes('<svg class="flame"') ? `<script>(${enableZoom.toString()})(document);</script>` : ''}
</body></html>
`;
}

function rowTable(caption: string, titles: readonly string[], rows: readonly Row[]): Markup {
  return table(
    caption,
    ['strategy', ...titles],
    rows.map((row) =>
      row.measured
        ? [row.saturated ? `${row.label} !` : row.label, ...row.figures]
        : [row.label, { text: row.text, across: titles.length }],
    ),
  );
}

function remarks(report: Report, rows: readonly Row[]): Markup {
  const lines = [
    ...notes(report).map(
      (note) => `<li class="${note.tone}"><b>${escaped(note.label)}</b>: ${escaped(note.text)}</li>`,
    ),
    ...report.warnings.map((warning) => `<li class="doubtful">${escaped(tellWarning(warning))}</li>`),
    ...legend(report, rows).map((line) => `<li class="faint">${escaped(line)}</li>`),
    ...noiseLine(report),
  ];
  return `<ul>${lines.join('\n')}</ul>`;
}

function noiseLine(report: Report): string[] {
  if (report.noise === undefined) return [];
  const { strategy, rounds, spreadPercent } = report.noise;
  const told = `Noise floor: the ${rounds} rounds of ${strategy} lie ${tellPercent(spreadPercent.p50)} apart at p50 and ${tellPercent(spreadPercent.p99)} at p99.`;
  return [`<li class="faint">${escaped(told)}</li>`];
}

function chartBox(chart: Chart | undefined, label: string, alternative: Markup): Markup {
  if (chart === undefined) return '';
  return `<div class="chart" id="${escaped(chart.id)}" role="img" aria-label="${escaped(label)}"><noscript>This chart needs JavaScript; the table has the same figures.</noscript></div>${folded('As a table', alternative)}`;
}

function percentileTable(report: Report): Markup {
  const levels = ['p50', 'p90', 'p95', 'p99', 'p999', 'max'] as const;
  const rows = measuredResults(report).flatMap((result) => {
    const latency = result.operations[report.trace.primary]?.responseMs;
    return latency === undefined
      ? []
      : [[result.label, ...levels.map((level) => ({ text: tellMs(latency[level]), value: latency[level] }))]];
  });
  return table('Response time by percentile', ['strategy', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'max'], rows);
}

const shownSeconds = 60;

function seriesTable(latency: Chart | undefined, cpu: Chart | undefined): Markup {
  const charts = [latency, cpu].filter((chart) => chart !== undefined);
  const seconds = charts[0]?.x ?? [];
  const step = Math.ceil(seconds.length / shownSeconds);
  const header = charts.flatMap((chart) =>
    chart.lines.map((line) => `${line.label}${chart.unit === 'ms' ? '' : ' CPU'}`),
  );
  const tell = (chart: Chart, value: number | null | undefined): string =>
    value === null || value === undefined ? '–' : chart.unit === 'ms' ? tellMs(value) : tellPercent(value);
  const rows = seconds.flatMap((second, index) =>
    index % step === 0
      ? [[`${second} s`, ...charts.flatMap((chart) => chart.lines.map((line) => tell(chart, line.values[index])))]]
      : [],
  );
  return table('p99 and coordinator CPU by second', ['second', ...header], rows);
}

function faultTable(report: Report): Markup {
  const rows = faultRows(report);
  const stories = rows.map((row) => `<li>${escaped(row.story)}</li>`).join('');
  const cells = rows.map((row) => row.cells);
  return rows.length === 0 ? '' : `${table('What was made to go wrong', faultColumns, cells)}<ul>${stories}</ul>`;
}

/** What a page is surely wide enough for, as a terminal counts; labels wrap. */
const pageLetters = 130;
const labelLetters = 26;

function workloadSections(report: Report): Markup[] {
  return workloadTables(report).map(({ workload, header, rows, notes: told }) => {
    const words = told.map(({ label, text }) => `<li class="doubtful"><b>${escaped(label)}</b>: ${escaped(text)}</li>`);
    const wrappedRows = rows.map(([label = '', ...cells]) => [wrappedLabel(label, labelLetters), ...cells]);
    const body = tablesWithin(pageLetters, header, wrappedRows, isLevel)
      .map((part, index) => {
        const caption = `Beside the latency of ${workload}${index === 0 ? '' : ', continued'}`;
        return table(
          caption,
          part.header,
          part.rows.map(([, ...cells], row) => [rows[row]?.[0] ?? '', ...cells]),
        );
      })
      .join('');
    return section(`What ${workload} adds`, words.length === 0 ? body : `${body}<ul>${words.join('')}</ul>`);
  });
}

function switchTable(report: Report): Markup {
  const rows = switchRows(report);
  return rows.length === 0 ? '' : `${table('Cycle times', switchColumns, rows)}<p>${escaped(switchText(report))}</p>`;
}

function recordedTable(report: Report): Markup {
  if (report.recorded === undefined) return '';
  const rows = measuredResults(report).flatMap((result) => {
    const operation = result.operations[report.trace.primary];
    const then = operation?.recordedMs;
    if (operation === undefined || then === undefined) return [];
    const figure = (ms: number) => ({ text: tellMs(ms), value: ms });
    return [
      [
        result.label,
        figure(then.p50),
        figure(operation.serviceMs.p50),
        figure(then.p99),
        figure(operation.serviceMs.p99),
      ],
    ];
  });
  const verdict = `<p><b>${escaped(report.recorded.verdict)}</b>. ${escaped(report.recorded.text)}</p>`;
  return (
    verdict +
    table(
      'From start to end, as recorded and as replayed',
      ['strategy', 'p50 recorded', 'p50 replayed', 'p99 recorded', 'p99 replayed'],
      rows,
    )
  );
}
