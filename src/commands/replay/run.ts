import type { CommandContext } from '../../context.js';
import { exitCodes, IpcbenchError } from '../../errors.js';
import { rehearseReplay } from '../../replay/rehearsal.js';
import { replay } from '../../replay/replay.js';
import type { ReplayRun } from '../../replay/replay-run.js';
import { renderComparisonAs } from '../../report/comparison-output.js';
import { type Condition, parseConditions } from '../../report/condition.js';
import { evaluate } from '../../report/evaluation.js';
import { exitCodeOf, requireSafe, tellOutcomes } from '../../report/gate.js';
import { compareGated } from '../../report/gated-comparison.js';
import type { Report } from '../../report/model.js';
import { proveOutputs, render, terminalOptions, writeOutputs } from '../../report/output.js';
import { readReports, writeReport } from '../../report/store.js';
import { listStrategies } from '../../strategies/index.js';
import { chooseBaseline } from './baseline.js';
import { buildReport } from './build-report.js';
import { checkClinic, withClinic } from './clinic.js';
import { refuseAbsentOperations, refuseAbsentStrategies } from './early-checks.js';
import type { ReplayRequest } from './flags.js';
import { type ProgressTeller, progressTeller } from './progress.js';
import { withSingleChanges } from './single-changes.js';
import { joinVariants, sweptStrategies, withRegenerated } from './sweep.js';

/** Replays each trace and tells how it went; the ending that comes first in the order of exit codes decides. */
export async function runReplay(context: CommandContext, request: ReplayRequest): Promise<void> {
  proveOutputs(request.outputs);
  checkClinic(request.clinic);
  const bases = request.against.length === 0 ? [] : readReports(request.against);
  const { strategies, optional } = await namesOf(request.strategies, request.sweep !== undefined);
  const withSingles = await singleChanges(context, request, strategies);
  const codes: number[] = [];
  const leftOut = [...optional, ...(request.options.optional ?? [])];
  const named = { ...request, strategies: withSingles, options: { ...request.options, optional: leftOut } };
  for (const trace of request.traces) {
    codes.push(
      ...(request.dryRun
        ? [await rehearse(context, named, trace)]
        : await withClinic(context, named, (asked) => runOne(context, asked, trace, bases))),
    );
    if (context.signal.aborted) break;
  }
  context.finish(firstThatApplies(codes));
}

async function runOne(
  context: CommandContext,
  request: ReplayRequest,
  trace: string,
  bases: readonly Report[],
): Promise<number> {
  const progress = progressTeller(context.stderr);
  const report = await measured(context, request, trace, progress.tell).finally(progress.end);
  writeOutputs(report, request.outputs);
  const terminal = { ...terminalOptions(context.stdout, context.env), details: request.details };
  context.stdout.write(render(report, request.format, terminal));
  return bases.length === 0 ? judge(context, request, report) : judgeAgainst(context, request, report, bases);
}

/** One replay, or, where the trace itself is swept, one for each of its variants, put into one report. */
async function measured(
  context: CommandContext,
  request: ReplayRequest,
  trace: string,
  onProgress: ProgressTeller['tell'],
): Promise<Report> {
  const { sweep, strategies } = request;
  if (sweep === undefined) return replayed(context, request, trace, strategies, onProgress);
  if (sweep.strategy !== undefined) {
    const report = await replayed(context, request, trace, specsOf(request), onProgress);
    return { ...report, sweep: sweptStrategies(sweep).sweep };
  }
  const variants: { value: number | string; report: Report }[] = [];
  for (const value of sweep.values) {
    if (context.signal.aborted) break;
    const report = await withRegenerated(trace, sweep.option, value, (path) =>
      replayed(context, { ...request, outputs: {} }, path, strategies, onProgress),
    );
    variants.push({ value, report });
  }
  return joinVariants(variants, strategies[0] ?? '', sweep.option);
}

/** The strategies to replay, with those that a sweep adds. */
function specsOf({ strategies, sweep }: ReplayRequest): string[] {
  return sweep?.strategy === undefined ? strategies : [...strategies, ...sweptStrategies(sweep).specs];
}

async function replayed(
  context: CommandContext,
  request: ReplayRequest,
  trace: string,
  strategies: readonly string[],
  onProgress: ProgressTeller['tell'],
): Promise<Report> {
  const conditions = await refuseAbsent(request, strategies);
  const toReport = (run: ReplayRun): Report =>
    buildReport(run, chooseBaseline(run.results, request.baseline), request.given);
  const run = await replay({
    ...request.options,
    trace,
    strategies,
    signal: context.signal,
    onProgress,
    onTrace: (kinds) => refuseAbsentOperations(kinds, conditions),
    onResults: (soFar) => {
      if (request.outputs.report !== undefined) writeReport(request.outputs.report, toReport(soFar));
    },
  });
  return toReport(run);
}

/** The conditions to judge by, none of them on a strategy that will not be there. */
async function refuseAbsent(request: ReplayRequest, strategies: readonly string[]): Promise<Condition[]> {
  const conditions = conditionsOf(request);
  // Where the trace is swept, results get labels of their own afterwards.
  const named = request.sweep !== undefined && request.sweep.strategy === undefined ? [] : conditions;
  await refuseAbsentStrategies(strategies, request.baseline, named);
  return conditions;
}

/** Those of a config file are for whole runs as well: a shard is judged when it is merged. */
function conditionsOf({ gate, options }: ReplayRequest): Condition[] {
  return options.shard === undefined ? parseConditions(gate.failOn) : [];
}

function judge(context: CommandContext, request: ReplayRequest, report: Report): number {
  const { gate, given } = request;
  const conditions = conditionsOf(request);
  if (conditions.length < gate.failOn.length)
    context.stderr.write(
      'conditions were not judged: give them to `ipcbench report`, with the reports of all shards\n',
    );
  const outcomes = [
    ...conditions.map((condition) => evaluate(condition, report)),
    ...(gate.requireSafe ? [requireSafe(report)] : []),
  ];
  for (const line of tellOutcomes(outcomes)) context.stderr.write(`${line}\n`);
  const asked = given.strategy;
  return exitCodeOf({ report, outcomes, unavailableMatters: !(Array.isArray(asked) && asked.includes('all')) });
}

function judgeAgainst(
  context: CommandContext,
  { gate, against, format }: ReplayRequest,
  report: Report,
  bases: readonly Report[],
): number {
  const names = [...against, 'this run'];
  const { comparison, outcomes, exitCode } = compareGated({ reports: [...bases, report], names, gate });
  const terminal = terminalOptions(context.stdout, context.env);
  // With JSON on standard output, a second document would make it unreadable.
  const stream = format === 'json' ? context.stderr : context.stdout;
  stream.write(`\n${renderComparisonAs(format === 'json' ? 'table' : format, comparison, outcomes, terminal)}`);
  for (const line of tellOutcomes(outcomes)) context.stderr.write(`${line}\n`);
  return exitCode;
}

/** Checks all that a run would check, and says what it would do. */
async function rehearse(context: CommandContext, request: ReplayRequest, trace: string): Promise<number> {
  const specs = specsOf(request);
  const conditions = await refuseAbsent(request, specs);
  const { operations, durationMs, processes, strategies, unavailable } = await rehearseReplay({
    ...request.options,
    trace,
    strategies: specs,
    onTrace: (kinds) => refuseAbsentOperations(kinds, conditions),
  });
  const seconds = (durationMs / 1000 / (request.options.speed ?? 1)).toFixed(1);
  const { rounds = 1 } = request.options;
  const on = strategies.length === 0 ? 'no strategy' : strategies.join(', ');
  context.stdout.write(
    `${trace}: ${operations} operations over ${seconds} s, on ${on}, ` +
      (processes === undefined ? '' : `of them those of ${processes.join(', ')} in this shard, `) +
      `${rounds} round${rounds === 1 ? '' : 's'} each: ` +
      `about ${Math.ceil(rounds * strategies.length * (Number(seconds) + 3))} s in all. ` +
      unavailable.map(({ label, reason }) => `${label} cannot run here: ${reason}. `).join('') +
      'Nothing was started.\n',
  );
  // What is missing here may be there where the replay is to run.
  return exitCodes.ok;
}

/** `all` stands for every strategy that there is; those which cannot do what a trace needs are left out. */
async function namesOf(
  asked: readonly string[],
  swept: boolean,
): Promise<{ strategies: string[]; optional: string[] }> {
  const all = asked.includes('all') ? (await listStrategies()).map((strategy) => strategy.name) : [];
  const strategies = asked.flatMap((name) => (name === 'all' ? all : [name]));
  if (strategies.length === 0 && !swept)
    throw new IpcbenchError('USAGE', 'no strategy: name one with --strategy, or all');
  return { strategies: [...new Set(strategies)], optional: all.filter((name) => !asked.includes(name)) };
}

/** With each change between two strategies by itself, where both were named. */
async function singleChanges(
  { stderr }: CommandContext,
  request: ReplayRequest,
  strategies: readonly string[],
): Promise<string[]> {
  // Those that nobody named are there to fit whatever trace it is: no more of them are wanted.
  const named = !request.strategies.includes('all') && (request.options.optional ?? []).length === 0;
  if (!request.singleChanges || request.sweep !== undefined || !named) return [...strategies];
  const { specs, added } = await withSingleChanges(strategies);
  if (added.length > 0)
    stderr.write(`also replaying each change by itself (--no-single-changes: not): ${added.join(', ')}\n`);
  return specs;
}

const order = [
  exitCodes.interrupted,
  exitCodes.usage,
  exitCodes.unmeasured,
  exitCodes.failed,
  exitCodes.undecided,
] as const;

function firstThatApplies(codes: readonly number[]): number {
  return order.find((code) => codes.includes(code)) ?? exitCodes.ok;
}
