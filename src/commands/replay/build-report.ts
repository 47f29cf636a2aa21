import { readFileSync } from 'node:fs';
import { release, type } from 'node:os';
import type { HostState } from '../../monitor/host.js';
import type { ReplayRun } from '../../replay/replay-run.js';
import { type Report, type ReportWarning, reportSchema } from '../../report/model.js';
import { noiseOf } from '../../report/noise.js';
import { recordedVerdict } from '../../report/recorded.js';
import { withoutPasswords } from '../../strategies/index.js';
import { slownessWarnings } from './clinic.js';

/** Turns what a replay left behind into the report that others read. */
export function buildReport(run: ReplayRun, baseline: string, given: Record<string, unknown>): Report {
  const { skipped, ...trace } = run.trace;
  const report: Report = {
    schema: reportSchema,
    tool: { version: toolVersion() },
    state: run.interrupted ? 'interrupted' : 'complete',
    trace: { ...trace, ...(skipped > 0 ? { skipped } : {}) },
    run: {
      startedAt: run.startedAt.toISOString(),
      host: hostOf(run.host, run.placement),
      options: JSON.parse(withoutPasswords(JSON.stringify(given))),
      rounds: run.rounds,
      ...(run.shard === undefined ? {} : { shard: run.shard }),
      ...(run.startAtMs === undefined ? {} : { startAt: new Date(run.startAtMs).toISOString() }),
      ...(run.joined === undefined ? {} : { joined: run.joined }),
    },
    baseline,
    warnings: warningsOf(run),
    results: run.results,
  };
  const noise = noiseOf(report);
  return { ...report, ...(noise === undefined ? {} : { noise }), recorded: recordedVerdict(report) };
}

function hostOf(host: HostState, placement: string): Report['run']['host'] {
  return {
    cpuModel: host.cpuModel,
    cpus: host.cpus,
    memoryBytes: host.memoryBytes,
    os: `${type()} ${release()}`,
    node: process.version,
    placement,
    load: host.loadAverage,
    stealPercent: host.stealPercent,
  };
}

const stealWorthTelling = 5;

function warningsOf(run: ReplayRun): ReportWarning[] {
  const notes = run.notes.map((text) => ({ code: 'NOTE', text, advice: 'compare only with runs made the same way' }));
  const warnings: ReportWarning[] = [...notes, ...run.warnings];
  warnings.push(...slownessWarnings(run.results));
  if (run.host.stealPercent > stealWorthTelling) {
    warnings.push({
      code: 'STEAL',
      text: `The hypervisor took ${run.host.stealPercent.toFixed(0)} % of the machine's time during the run.`,
      advice: 'Trust ratios within this run only, or repeat it on a quieter machine.',
    });
  }
  if (run.host.throttledMs > 0) {
    warnings.push({
      code: 'THROTTLED',
      text: `This control group was throttled for ${run.host.throttledMs.toFixed(0)} ms.`,
      advice: 'Raise the CPU limit of the container, or lower --speed.',
    });
  }
  return warnings;
}

function toolVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
