import { IpcbenchError } from '../errors.js';
import { differences, hostSettings, settings } from './merge.js';
import { isMeasured, type Report } from './model.js';

/** Settings that may differ between two runs that are compared: what was run beside, how often, and with which seed. */
const freeOptions = new Set(['strategy', 'strategies', 'baseline', 'rounds', 'seed', 'output', 'details', 'profile']);

/** In words, what keeps two reports from being compared figure by figure; empty when nothing does. */
export function mismatches(base: Report, current: Report): string[] {
  const faults: string[] = [];
  if (base.trace.sha256 !== current.trace.sha256)
    faults.push(`they replayed different traces (${base.trace.name}, ${current.trace.name})`);
  const options = differences(settings(base), settings(current)).filter((name) => !freeOptions.has(name));
  if (options.length > 0) faults.push(`they were run with different settings (${options.join(', ')})`);
  if (partOf(base) !== partOf(current)) faults.push(`one replayed ${partOf(base)} and the other ${partOf(current)}`);
  if ((base.run.joined === undefined) !== (current.run.joined === undefined))
    faults.push('one joined coordinators and the other started its own');
  if (isCpuProfiled(base) !== isCpuProfiled(current))
    faults.push('one of them had its coordinators CPU-profiled (--cpu), which costs them time, and the other had not');
  const hosts = differences(hostSettings(base), hostSettings(current));
  if (hosts.length > 0) faults.push(`they were measured on different hosts (${hosts.join(', ')})`);
  return faults;
}

function partOf({ run: { shard } }: Report): string {
  return shard === undefined ? 'the whole trace' : `shard ${shard.index}/${shard.count} of it`;
}

/** Whether coordinators lost time to a CPU profile in this run. */
export function isCpuProfiled(report: Report): boolean {
  return report.warnings.some(({ code }) => code === 'CPU_PROFILED');
}

/** What was measured along in these runs, and cost the processes that were measured. */
const costs = new Set(['CPU_PROFILED', 'TRACED']);

/** In words, each once, what made these runs slower than a plain one. */
export function costWarnings(reports: readonly Report[]): string[] {
  const texts = reports.flatMap(({ warnings }) =>
    warnings.filter(({ code }) => costs.has(code)).map(({ text }) => text),
  );
  return [...new Set(texts)];
}

/**
 * Checks that reports may be compared.
 * @returns what differs, where `force` lets that pass
 * @throws IpcbenchError `BAD_REPORT`
 */
export function checkComparable(
  bases: readonly Report[],
  current: Report,
  names: readonly string[],
  force: boolean,
): string[] {
  const measured = (report: Report): string[] => report.results.filter(isMeasured).map((result) => result.label);
  const common = measured(current).filter((label) => bases.every((base) => measured(base).includes(label)));
  const last = names.at(-1) ?? 'the new report';
  if (common.length === 0) {
    const have = bases.map((base) => measured(base).join(', ') || 'nothing').join(' / ');
    throw new IpcbenchError(
      'BAD_REPORT',
      `${names.join(', ')}: no strategy was measured in all of them (${have} / ${measured(current).join(', ') || 'nothing'})`,
    );
  }
  const faults = bases.flatMap((base, index) =>
    mismatches(base, current).map((fault) => `${names[index]} and ${last}: ${fault}`),
  );
  if (faults.length > 0 && !force)
    throw new IpcbenchError(
      'BAD_REPORT',
      `${faults.join('; ')}; --force compares what carries over: ratios to the baseline strategy, calls, bytes and safety`,
    );
  return faults;
}
