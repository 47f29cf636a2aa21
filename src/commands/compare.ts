import { Command, Option } from 'commander';
import type { CommandContext, CommandFactory } from '../context.js';
import { type ComparisonOutputs, renderComparisonAs, writeComparison } from '../report/comparison-output.js';
import { tellOutcomes } from '../report/gate.js';
import { compareGated, type GateFlags, gateFrom, tryConditions } from '../report/gated-comparison.js';
import { type Format, formats, proveOutputs, terminalOptions } from '../report/output.js';
import { proveWritable, readReports } from '../report/store.js';

interface Flags extends ComparisonOutputs, GateFlags {
  baseline?: string;
  format: Format;
  force?: boolean;
  selfTest?: boolean;
}

const examples = `
Examples:
  ipcbench compare run.json --baseline ./old.js
  ipcbench compare base.json new.json --fail-on "[lock-pool]p99>0.5x" --junit compare.xml
  ipcbench compare monday.json tuesday.json wednesday.json today.json --strict`;

/** `ipcbench compare <base.json…> <new.json>`: what changed, with its noise. */
const factory: CommandFactory = (context) =>
  new Command('compare')
    .description('tells what changed: between the strategies of one report, or between base reports and a new one')
    .argument('<report...>', 'one report (strategies against its baseline), or base reports and last the new one')
    .option('--baseline <label>', 'with one report: the strategy that the others are held against')
    .option('--fail-on <condition>', 'exits 1 when it is true, such as p99>+10% (repeatable)', collect, [])
    .option('--require-safe', 'exits 1 when a strategy broke its claims')
    .option('--strict', 'exits 4 when the comparison is inconclusive')
    .option('--force', 'compares what carries over between different traces, settings or hosts, with a warning')
    .option('--minimum-effect <percent>', 'the least change that counts (default: 5% in one run, 10% between runs)')
    .option('--self-test', 'tries the conditions on made-worse copies of the base: can each fail at all?')
    .option('--config <file>', 'conditions and switches (default: ipcbench.config.json, where there is one)')
    .addOption(new Option('--format <format>', 'what standard output gets').choices(formats).default('table'))
    .option('--html <file>', 'writes one page, base and new laid over each other')
    .option('--markdown <file>', 'writes Markdown, fit for a pull-request comment')
    .option('--junit <file>', 'writes JUnit XML')
    .addHelpText('after', examples)
    .action((files: string[], flags: Flags) => run(context, files, flags));

export default factory;

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

function run(context: CommandContext, names: readonly string[], flags: Flags): void {
  const gate = gateFrom(flags, context.env);
  const reports = readReports(names);
  const { baseline, force } = flags;
  const request = { reports, names, gate, ...(baseline === undefined ? {} : { baseline }), force: force === true };
  if (flags.selfTest === true) {
    const { tests, exitCode } = tryConditions(request);
    for (const test of tests) context.stdout.write(`${test.condition}: ${test.text}\n`);
    context.finish(exitCode);
    return;
  }
  const { report, base, comparison, outcomes, exitCode } = compareGated(request);
  proveOutputs(flags);
  if (flags.junit !== undefined) proveWritable(flags.junit);
  writeComparison(report, base, comparison, outcomes, flags);
  const terminal = terminalOptions(context.stdout, context.env);
  context.stdout.write(renderComparisonAs(flags.format, comparison, outcomes, terminal));
  for (const line of tellOutcomes(outcomes)) context.stderr.write(`${line}\n`);
  context.finish(exitCode);
}
