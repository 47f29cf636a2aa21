import { conclusionOf } from './conclusion.js';
import { profilesMarkdown } from './coordinator-profile-text.js';
import { faultColumns, faultRows } from './fault-table.js';
import { folded, joined, markdownTable, text } from './markdown-element.js';
import { sweepMarkdown } from './markdown-sweep.js';
import { measuredResults, type Report } from './model.js';
import { usedPhases } from './phase-table.js';
import { tellBytes, tellCount, tellMs, tellNumber, tellPercent } from './quantity.js';
import { legend, mainColumns, mainRows, notes, operationColumns, type Row, tellWarning } from './row.js';
import { switchColumns, switchRows, switchText, switchTitle } from './switch-table.js';
import { heading, otherRows } from './table.js';
import { workloadTables } from './workload-table.js';

/** Rows of blame and safety examples shown for each strategy: a pull-request comment holds 65,536 characters. */
const shownRows = 5;

/** The report as GitHub-flavoured Markdown, fit for a pull-request comment or a job summary. */
export function renderMarkdown(report: Report): string {
  const rows = mainRows(report);
  const others = otherRows(report);
  return joined([
    `## ipcbench: ${text(report.trace.name)}`,
    text(conclusionOf(report)),
    text(heading(report)),
    rowTable(mainColumns, rows),
    list([
      ...notes(report).map((note) => `**${text(note.label)}**: ${text(note.text)}`),
      ...report.warnings.map((warning) => `Warning: ${text(tellWarning(warning))}`),
    ]),
    `<sub>${legend(report, [...rows, ...others])
      .map(text)
      .join('<br>')}</sub>`,
    sweepMarkdown(report),
    recorded(report),
    faults(report),
    safety(report),
    ...workloads(report),
    switches(report),
    folded('Other operations', others.length === 0 ? '' : rowTable(operationColumns, others)),
    folded(`Where the time of ${report.trace.primary} goes`, phaseTable(report)),
    folded('Who waited for whom', blameTable(report)),
    folded('Costs, coordinators and noise', costs(report)),
    profilesMarkdown(report),
    folded('Settings and host', settingsTable(report)),
  ]);
}

function rowTable(titles: readonly string[], rows: readonly Row[]): string {
  return markdownTable(
    ['strategy', ...titles],
    rows.map((row) =>
      row.measured
        ? [row.saturated ? `${row.label} !` : row.label, ...row.figures.map((figure) => figure.text)]
        : [row.label, row.text, ...titles.slice(1).map(() => '')],
    ),
  );
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

function recorded(report: Report): string {
  if (report.recorded === undefined) return '';
  const rows = measuredResults(report).flatMap((result) => {
    const operation = result.operations[report.trace.primary];
    const then = operation?.recordedMs;
    if (operation === undefined || then === undefined) return [];
    // What traces record is from start to end: service time, as in the verdict.
    const now = operation.serviceMs;
    return [[result.label, tellMs(then.p50), tellMs(now.p50), tellMs(then.p99), tellMs(now.p99)]];
  });
  const title = `**Recorded against replayed: ${report.recorded.verdict}.** ${text(report.recorded.text)}`;
  return joined([
    title,
    markdownTable(['strategy', 'recorded p50', 'replayed p50', 'recorded p99', 'replayed p99'], rows),
  ]).trimEnd();
}

function faults(report: Report): string {
  const rows = faultRows(report);
  if (rows.length === 0) return '';
  const table = markdownTable(
    faultColumns,
    rows.map((row) => row.cells),
  );
  return `**Faults injected**\n\n${table}\n\n${list(rows.map((row) => text(row.story)))}`;
}

function safety(report: Report): string {
  const lines = measuredResults(report)
    .filter((result) => result.strategy !== 'none')
    .flatMap((result) =>
      result.safety.examples
        .slice(0, shownRows)
        .map((example) => `**${text(result.label)}**, ${example.kind}: ${text(example.text)}`),
    );
  return lines.length === 0 ? '' : `**What went wrong**\n\n${list(lines)}`;
}

function workloads(report: Report): string[] {
  return workloadTables(report).map(({ workload, header, rows, notes: told }) => {
    const words = list(told.map((note) => `**${text(note.label)}**: ${text(note.text)}`));
    return joined([`**What ${text(workload)} adds**`, markdownTable(header, rows), words]).trimEnd();
  });
}

function switches(report: Report): string {
  const rows = switchRows(report);
  if (rows.length === 0) return '';
  return joined([
    `**${text(switchTitle(report))}**`,
    markdownTable(switchColumns, rows),
    text(switchText(report)),
  ]).trimEnd();
}

function phaseTable(report: Report): string {
  const results = measuredResults(report).flatMap((result) => {
    const operation = result.operations[report.trace.primary];
    return operation === undefined || operation.count === 0 ? [] : [{ label: result.label, operation }];
  });
  const used = usedPhases(results.map((result) => result.operation));
  return markdownTable(
    ['strategy', ...used, 'service time'],
    results.map(({ label, operation }) => [
      label,
      ...used.map((phase) => tellMs(operation.phasesMs[phase].mean)),
      tellMs(operation.serviceMs.mean),
    ]),
  );
}

function blameTable(report: Report): string {
  const rows = measuredResults(report).flatMap((result) =>
    [...result.locks.blame]
      .sort((a, b) => b.waitMs - a.waitMs)
      .slice(0, shownRows)
      .map((row) => [result.label, row.waiter, row.holder, row.key, tellMs(row.waitMs), tellMs(row.falseSharingMs)]),
  );
  return markdownTable(['strategy', 'who waited', 'for whom', 'key', 'waited', 'of it for another key'], rows);
}

function costs(report: Report): string {
  const rows = measuredResults(report).map((result) => [
    result.label,
    tellNumber(result.calls.messagesPerOperation),
    tellNumber(result.calls.connectionsPerOperation),
    tellBytes(result.calls.bytesSentPerOperation + result.calls.bytesReceivedPerOperation),
    `${tellCount(result.locks.sectionsPerWorker.min)}–${tellCount(result.locks.sectionsPerWorker.max)}`,
    tellBytes(result.memory.workersRssBytes + result.memory.coordinatorsRssBytes),
    result.coordinators
      .map((usage) => `${usage.name} ${tellPercent(usage.cpuPercent.mean)} ${usage.verdict}`)
      .join(', '),
  ]);
  const table = markdownTable(
    ['strategy', 'messages/op', 'connections/op', 'bytes/op', 'sections per worker', 'memory', 'coordinators'],
    rows,
  );
  if (report.noise === undefined) return table;
  const { strategy, rounds, spreadPercent } = report.noise;
  return `${table}\n\nNoise floor: the ${rounds} rounds of ${text(strategy)} lie ${tellPercent(spreadPercent.p50)} apart at p50 and ${tellPercent(spreadPercent.p99)} at p99.`;
}

/** How and where it was run, as a table. */
export function settingsTable(report: Report): string {
  return markdownTable(['what', 'value'], settingRows(report));
}

function shardRows({ run: { shard, startAt, joined } }: Report): string[][] {
  const common =
    shard?.unseen === undefined || shard.unseen === 0 ? 'nothing' : `${tellCount(shard.unseen)} locks or entries`;
  return [
    ...(shard === undefined
      ? []
      : [
          [
            'shard',
            `${shard.index} of ${shard.count}, by ${shard.by ?? 'group'}, ${tellCount(shard.operations ?? 0)} operations; in common with others: ${common}`,
          ],
        ]),
    ...(startAt === undefined ? [] : [['told to start', startAt]]),
    ...(joined === undefined ? [] : [['coordinators', `joined; fingerprint of their secret ${joined}`]]),
  ];
}

/** How and where it was run. */
export function settingRows(report: Report): string[][] {
  const { run, trace, tool } = report;
  const { host } = run;
  return [
    ['ipcbench', tool.version],
    ['started', run.startedAt],
    ['trace', `${trace.name}, ${trace.provenance?.kind ?? 'of unknown origin'}, sha256 ${trace.sha256}`],
    ['rounds', String(run.rounds)],
    ...shardRows(report),
    ['host', `${host.cpuModel}, ${host.cpus} CPUs, ${tellBytes(host.memoryBytes)}, ${host.os}, Node ${host.node}`],
    ['placement', host.placement],
    ['load when it began', host.load.map((value) => value.toFixed(2)).join(', ')],
    ['stolen by the hypervisor', tellPercent(host.stealPercent)],
    ...(host.throttledPercent === undefined ? [] : [['throttled', tellPercent(host.throttledPercent)]]),
    ...Object.entries(run.options).map(([name, value]) => [
      `--${name}`,
      typeof value === 'string' ? value : (JSON.stringify(value) ?? ''),
    ]),
  ];
}
