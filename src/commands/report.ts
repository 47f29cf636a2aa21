import { Command, Option } from 'commander';
import type { CommandContext, CommandFactory } from '../context.js';
import { parseConditions } from '../report/condition.js';
import { evaluate } from '../report/evaluation.js';
import { exitCodeOf, requireSafe, tellOutcomes } from '../report/gate.js';
import { mergeReports } from '../report/merge.js';
import {
  type Format,
  formats,
  type Outputs,
  proveOutputs,
  render,
  terminalOptions,
  writeOutputs,
} from '../report/output.js';
import { readReports } from '../report/store.js';

interface Flags extends Outputs {
  format: Format;
  details?: boolean;
  failOn: string[];
  requireSafe?: boolean;
}

/** `ipcbench report <file…>`: renders again, or merges; never needs a new run. */
const factory: CommandFactory = (context) =>
  new Command('report')
    .description('renders a report again, or merges the reports of shards or of repeated runs into one')
    .argument('<file...>', 'reports written by `ipcbench replay --report`; several are merged, histogram by histogram')
    .addOption(new Option('--format <format>', 'what standard output gets').choices(formats).default('table'))
    .option('--details', 'with the table: costs, coordinators, who waited for whom, long-held locks, noise')
    .option('--report <file>', 'writes the (merged) report as JSON')
    .option('--html <file>', 'writes one self-contained page')
    .option('--markdown <file>', 'writes Markdown, fit for a pull-request comment')
    .option('--hlog <file>', 'writes all rounds as an HdrHistogram interval log')
    .option('--hgrm <folder>', 'writes one HdrHistogram percentile distribution for each operation and strategy')
    .option('--fail-on <condition>', 'exits 1 when it is true, such as p99>200ms (repeatable)', collect, [])
    .option('--require-safe', 'exits 1 when a strategy broke its claims')
    .addHelpText('after', '\nExample:\n  ipcbench report shard-*.json --report whole.json --html whole.html')
    .action((files: string[], flags: Flags) => run(context, files, flags));

export default factory;

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

function run(context: CommandContext, files: readonly string[], flags: Flags): void {
  const conditions = parseConditions(flags.failOn);
  const report = mergeReports(readReports(files), files);
  const outcomes = [
    ...conditions.map((condition) => evaluate(condition, report)),
    ...(flags.requireSafe === true ? [requireSafe(report)] : []),
  ];
  proveOutputs(flags);
  writeOutputs(report, flags);
  context.stdout.write(
    render(report, flags.format, { ...terminalOptions(context.stdout, context.env), details: flags.details === true }),
  );
  for (const line of tellOutcomes(outcomes)) context.stderr.write(`${line}\n`);
  if (outcomes.length > 0) context.finish(exitCodeOf({ report, outcomes, unavailableMatters: false }));
}
