import type { RunWarning } from '../measure/result.js';
import { hostState } from '../monitor/host.js';
import { openTelemetry } from '../telemetry/telemetry.js';
import { aggregate } from './aggregate.js';
import { cyclesOf, type Entry, resultsOf } from './entry-result.js';
import { CycleTruths } from './forward/cycle-truth.js';
import { OtlpTarget } from './otlp.js';
import { prepare } from './preparation.js';
import { profilingWarnings } from './profiling.js';
import type { ReplayOptions } from './replay-options.js';
import { newRun, type ReplayRun } from './replay-run.js';
import { reasonOf, runRound } from './round.js';
import type { RoundSettings } from './round-settings.js';
import { createRunDirectory } from './run-directory.js';
import { orderOfRound } from './schedule.js';
import { settingsOf } from './settings-choice.js';

export type { ReplayOptions, ReplayProgress, SubmitDriver, SubmitTarget } from './replay-options.js';

/**
 * Replays a trace on each strategy: real processes, the recorded schedule, interleaved rounds.
 * @throws IpcbenchError before anything is started: `BAD_TRACE`, `BAD_OPTION`, `UNKNOWN_STRATEGY`, `BAD_STRATEGY`, `FILE`, and
 * `UNAVAILABLE` where `otlp` is given and OpenTelemetry's SDK is not installed
 */
export async function replay(options: ReplayOptions): Promise<ReplayRun> {
  const otlp = options.otlp === undefined ? undefined : await OtlpTarget.open(options.otlp);
  const runDirectory = createRunDirectory();
  try {
    const { entries, joined, plan } = await prepare(options, () => runDirectory.make('plan'));
    const settings = settingsOf(options, plan, runDirectory, { joined, otlp });
    const run = newRun(options, plan, settings);
    run.warnings = warningsOf(settings);
    await runRounds(entries, settings, run, options);
    await otlp?.close();
    run.warnings = warningsOf(settings);
    return run;
  } finally {
    await otlp?.close();
    runDirectory.remove();
  }
}

async function runRounds(
  entries: readonly Entry[],
  settings: RoundSettings,
  run: ReplayRun,
  options: ReplayOptions,
): Promise<void> {
  const before = run.host;
  const truths = new CycleTruths();
  for (let round = 0; round < run.rounds; round++) {
    for (const entry of orderOfRound(entries, round)) {
      if (settings.signal.aborted) break;
      if (entry.unavailable === undefined && entry.failure === undefined) {
        await runEntry(entry, `${round}-${entries.indexOf(entry)}`, round, settings, run, options);
        await truths.workOut(cyclesOf(entry.rounds.slice(-1)), settings.signal);
      }
      run.host = hostState(before);
      run.warnings = warningsOf(settings);
      run.results = resultsOf(entries, settings, run, truths);
      await options.onResults?.(run);
    }
  }
  run.results = resultsOf(entries, settings, run, truths);
  run.interrupted = settings.signal.aborted;
}

async function runEntry(
  entry: Entry,
  folder: string,
  round: number,
  settings: RoundSettings,
  run: ReplayRun,
  options: ReplayOptions,
): Promise<void> {
  const { label } = entry.loaded;
  const at = { label, round: round + 1, rounds: run.rounds };
  options.onProgress?.({ stage: 'starting', ...at });
  const told = openTelemetry()?.startRound(label, at.round);
  try {
    const outcome = await runRound(entry.loaded, folder, settings, (progress) =>
      options.onProgress?.({ stage: 'running', ...at, ...progress }),
    );
    entry.rounds.push(outcome);
    entry.parts.push(aggregate([outcome], settings.plan));
    entry.total = entry.parts.length === 1 ? entry.parts[0] : aggregate(entry.rounds, settings.plan);
    if (outcome.coordinatorLost && outcome.workers.every(({ outcome: one }) => one === undefined))
      entry.failure = outcome.incidents[0];
    told?.();
  } catch (error) {
    entry.failure = reasonOf(error);
    told?.(error);
  }
}

function warningsOf({ otlp, profiling }: RoundSettings): RunWarning[] {
  return [...profilingWarnings(profiling), ...(otlp?.warnings() ?? [])];
}
