import { Command } from 'commander';
import type { CommandFactory } from '../context.js';
import { IpcbenchError } from '../errors.js';
import { writeJson, writeText } from './strategies/listing.js';

/** `ipcbench strategies [name]`: lists strategies, or explains one. */
const factory: CommandFactory = (context) =>
  new Command('strategies')
    .description(
      'lists strategies, or explains one: how it works, its options, what it claims, whether it can run here',
    )
    .argument('[name]', 'a strategy, with options if you like (lock-pool:size=64), or the path of a module')
    .option('--format <format>', 'text or json', 'text')
    .addHelpText('after', '\nExample:\n  ipcbench strategies lock-pool')
    .action(async (name: string | undefined, { format }: { format: string }) => {
      if (format !== 'text' && format !== 'json') {
        throw new IpcbenchError('USAGE', `--format ${format}: expected text or json`);
      }
      const write = format === 'json' ? writeJson : writeText;
      await write(context, name);
    });

export default factory;
