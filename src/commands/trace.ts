import { Command, Option } from 'commander';
import type { CommandContext } from '../context.js';
import { localTrace } from '../trace/bytes.js';
import { inspectTrace } from '../trace/inspect/inspection.js';
import { renderInspection } from '../trace/inspect/rendering.js';
import { type ReadOptions, readTrace, validateTrace } from '../trace/reader.js';
import { writeTrace } from '../trace/writer.js';
import { generateCommand } from './trace/generation.js';
import { printTrace } from './trace/output.js';

interface SkipFlag {
  skipInvalid?: boolean;
}

const skipInvalid = (): Option => new Option('--skip-invalid', 'leaves bad operation lines out and counts them');

/** `ipcbench trace`: looks at, checks, makes and converts traces. */
export default function traceCommand(context: CommandContext): Command {
  const options = (flags: SkipFlag): ReadOptions => ({
    skipInvalid: flags.skipInvalid ?? false,
    stdin: context.stdin,
    signal: context.signal,
  });
  const command = new Command('trace')
    .description('looks at, checks, makes and converts traces')
    .showSuggestionAfterError();
  command
    .command('validate')
    .description('reads a whole trace and checks every line')
    .argument('<trace>', 'a file, plain or gzip; - for stdin')
    .addOption(skipInvalid())
    .addHelpText('after', '\nExample: ipcbench trace validate orders.jsonl.gz')
    .action(async (path: string, flags: SkipFlag) => {
      const { operations, durationMs, sha256, skipped, skippedExamples } = await validateTrace(path, options(flags));
      for (const example of skippedExamples) context.stderr.write(`${example}\n`);
      const left = skipped > 0 ? `, ${skipped} bad lines skipped` : '';
      context.stdout.write(`${path}: ${operations} operations, ${durationMs / 1000} s, sha256 ${sha256}${left}\n`);
    });
  command
    .command('inspect')
    .description('shows processes, operations, rates, hot keys, sizes, and what the trace is bound by')
    .argument('<trace>', 'a file, plain or gzip; - for stdin')
    .addOption(skipInvalid())
    .addOption(new Option('--format <format>', 'how to print it').choices(['table', 'json']).default('table'))
    .addHelpText('after', '\nExample: ipcbench trace inspect fixtures/orders-incident.jsonl')
    .action(async (path: string, flags: SkipFlag & { format: 'table' | 'json' }) => {
      const inspection = await inspectTrace(path, options(flags));
      const json = flags.format === 'json';
      context.stdout.write(json ? `${JSON.stringify(inspection, null, 2)}\n` : renderInspection(inspection));
    });
  command
    .command('convert')
    .description('checks a trace and writes it again, compressed if the new name ends in .gz')
    .argument('<trace>', 'a file, plain or gzip; - for stdin')
    .argument('<out>', 'the file to write; - for stdout')
    .addOption(skipInvalid())
    .addHelpText('after', '\nExample: ipcbench trace convert orders.jsonl orders.jsonl.gz')
    .action((path: string, out: string, flags: SkipFlag) => convert(context, path, out, options(flags)));
  command.addCommand(generateCommand(context));
  return command;
}

/** Two passes: a header that counts its operations has to be right before they are written. */
async function convert(context: CommandContext, path: string, out: string, options: ReadOptions): Promise<void> {
  const local = await localTrace(path, options);
  const named = { ...options, name: local.name };
  try {
    const { header, operations, skipped } = await validateTrace(local.path, named);
    const trace = await readTrace(local.path, named);
    const counted = { ...header, operations };
    if (out === '-') return await printTrace(context.stdout, counted, trace);
    await writeTrace(out, counted, trace);
    context.stderr.write(`${out}: ${operations} operations${skipped > 0 ? `, ${skipped} bad lines skipped` : ''}\n`);
  } finally {
    await local.dispose();
  }
}
