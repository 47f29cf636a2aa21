import type { CallTree } from '../../measure/call-tree.js';
import type { CpuProfileSummary } from '../../measure/cpu-profile.js';
import type { ProcessProfile, Profile } from '../../measure/profile.js';
import type { Chart } from '../html/curve.js';
import { escaped, type Markup, section, table } from '../html/element.js';
import { palette } from '../html/style.js';
import { page } from '../html.js';
import { tellBytes, tellMs, tellPercent } from '../quantity.js';
import { cpuMarkup } from './cpu-markup.js';
import { byCpu, verdictWords } from './profile-text.js';

/** A profile as one self-contained page: verdict, time series, functions and flame graph. */
export function profileHtml(profile: Profile, tree: CallTree | undefined): string {
  const [main] = profile.processes;
  if (main === undefined) return '';
  const title = `ipcbench profile: ${main.name} (${main.pid})`;
  const chart = cpuChart(main);
  const body = [
    `<h1>${escaped(title)}</h1>`,
    `<p class="conclusion"><b>${escaped(verdictWords[main.verdict])}</b>: ${escaped(main.reasons.join('; '))}.</p>`,
    main.advice.length === 0
      ? ''
      : `<ul>${main.advice.map((advice) => `<li>Try: ${escaped(advice)}.</li>`).join('')}</ul>`,
    section(
      'CPU over time',
      chart === undefined
        ? ''
        : `<div class="chart" id="${chart.id}" role="img" aria-label="CPU in each second, percent of one core"></div>${seriesTable(main)}`,
    ),
    section('Processes', processTable(profile)),
    profile.cpuProfile === undefined || tree === undefined ? '' : cpuSections(profile.cpuProfile, tree),
  ];
  return page(title, body.filter((part) => part !== '').join('\n'), chart === undefined ? [] : [chart]);
}

/** A CPU profile that was read from a file, as one self-contained page. */
export function cpuProfileHtml(summary: CpuProfileSummary, tree: CallTree): string {
  const title = `ipcbench profile: ${summary.source}`;
  return page(title, `<h1>${escaped(title)}</h1>${cpuSections(summary, tree)}`, []);
}

function cpuSections(summary: CpuProfileSummary, tree: CallTree): Markup {
  return section('Where the CPU time went', cpuMarkup(summary, tree));
}

function cpuChart(process: ProcessProfile): Chart | undefined {
  if (process.series.length === 0) return undefined;
  const line = (label: string, index: number, value: (point: ProcessProfile['series'][number]) => number) => ({
    label,
    color: palette[index] ?? '#888',
    dash: [],
    values: process.series.map((point) => Number(value(point).toPrecision(4))),
  });
  return {
    id: 'profile-cpu',
    kind: 'time',
    unit: '%',
    x: process.series.map((point) => point.second),
    lines: [
      line('CPU', 0, (point) => point.cpuPercent),
      line('busiest thread', 1, (point) => point.busiestThreadPercent),
      line('run-queue wait', 2, (point) => point.runQueueWaitPercent),
    ],
  };
}

/** Rows that the table beside the chart has at most. */
const shownSeconds = 60;

function seriesTable({ series }: ProcessProfile): Markup {
  const step = Math.max(1, Math.ceil(series.length / shownSeconds));
  const rows = series
    .filter((_, index) => index % step === 0)
    .map((point) => [
      `${point.second} s`,
      tellPercent(point.cpuPercent),
      tellPercent(point.busiestThreadPercent),
      tellPercent(point.runQueueWaitPercent),
      tellBytes(point.rssBytes),
    ]);
  return `<details><summary>As a table</summary>${table('By second', ['second', 'CPU', 'busiest thread', 'run-queue wait', 'memory'], rows)}</details>`;
}

function processTable(profile: Profile): Markup {
  const rows = byCpu(profile).map((process) => [
    `${process.pid} ${process.name}`,
    tellPercent(process.cpuPercent.mean),
    tellPercent(process.busiestThreadPercent.mean),
    process.runQueueWaitPercent === undefined ? 'not readable' : tellPercent(process.runQueueWaitPercent.mean),
    tellBytes(process.rssBytes.last),
    String(process.threads.last),
    verdictWords[process.verdict],
  ]);
  return table(
    `Watched for ${tellMs(profile.durationMs)}; CPU in percent of one core`,
    ['process', 'CPU', 'busiest thread', 'run-queue wait', 'memory', 'threads', 'verdict'],
    rows,
  );
}
