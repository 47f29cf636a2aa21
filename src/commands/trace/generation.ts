import { Command, InvalidArgumentError } from 'commander';
import type { CommandContext } from '../../context.js';
import { IpcbenchError } from '../../errors.js';
import { generatorNamed, generators, presetNamed } from '../../trace/generate/index.js';
import { parseSettings, renderGenerator } from '../../trace/generate/setting.js';
import { writeTrace } from '../../trace/writer.js';
import { printTrace } from './output.js';

interface GenerateFlags {
  preset?: string;
  set: string[];
  seed?: number;
  name?: string;
  out: string;
  list?: boolean;
}

/** `trace generate`. */
export function generateCommand(context: CommandContext): Command {
  return new Command('generate')
    .description('makes a trace from named parameters and a seed: same seed, same bytes')
    .argument('[generator]', generators.map(({ name, summary }) => `${name}: ${summary}`).join('; '))
    .option('--preset <name>', 'starts from a named setting, its seed and its name included')
    .option('--set <name=value>', 'sets a parameter (repeatable): accounts=200, durationMs=10s', collect, [])
    .option('--seed <n>', 'seed of the random numbers (default: 1)', wholeNumber)
    .option('--name <name>', "name of the trace (default: the preset's or the generator's)")
    .option('--out <file>', 'file to write, compressed if it ends in .gz; - for stdout', '-')
    .option('--list', 'lists the parameters and presets')
    .addHelpText('after', '\nExample: ipcbench trace generate orders --set accounts=200 --seed 7 --out orders.jsonl')
    .action(async (name: string | undefined, flags: GenerateFlags) => generate(context, name, flags));
}

async function generate(context: CommandContext, name: string | undefined, flags: GenerateFlags): Promise<void> {
  if (flags.list) {
    const listed = name === undefined ? generators : [generatorNamed(name)];
    context.stdout.write(listed.map(renderGenerator).join('\n'));
    return;
  }
  if (name === undefined)
    throw new IpcbenchError(
      'USAGE',
      `which generator? ${generators.map((generator) => generator.name).join(' or ')}; --list shows their parameters`,
    );
  const generator = generatorNamed(name);
  const preset = flags.preset === undefined ? undefined : presetNamed(generator, flags.preset);
  const values = { ...preset?.values, ...parseSettings(flags.set, generator.parameters) };
  const seed = flags.seed ?? preset?.seed ?? 1;
  const { header, operations } = generator.generate(values, { seed, name: flags.name ?? flags.preset ?? name });
  if (flags.out === '-') return printTrace(context.stdout, header, operations);
  await writeTrace(flags.out, header, operations);
  context.stderr.write(`${flags.out}: ${header.operations} operations\n`);
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value >= 2 ** 32)
    throw new InvalidArgumentError('expected a whole number from 0 to 4294967295.');
  return value;
}
