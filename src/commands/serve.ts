import { Command, InvalidArgumentError, Option } from 'commander';
import type { CommandFactory } from '../context.js';
import { exitCodes, IpcbenchError } from '../errors.js';
import { type Serving, serve } from '../replay/serve.js';
import type { ListenAddress } from '../strategies/strategy.js';

/** `ipcbench serve <strategy>`: runs a strategy's coordinators in the foreground, to profile them or to use them. */
const factory: CommandFactory = (context) =>
  new Command('serve')
    .description("runs a strategy's coordinators in the foreground until Ctrl-C, to profile them or to use them")
    .argument('<strategy>', 'a strategy, with options if you like: lock-pool:size=64')
    .addOption(
      new Option('--format <format>', 'of what goes to standard output').choices(['text', 'json']).default('text'),
    )
    .option(
      '--listen <host:port>',
      'with transport=tcp: where, instead of the loopback interface; several take the next ports',
      parseListen,
    )
    .option('--secret-file <file>', 'the secret to use, for clients on other machines; else one is made')
    .addHelpText(
      'after',
      `
Example:
  ipcbench serve lock-pool
  ipcbench profile <the pid it prints>
  ipcbench serve lock-pool:transport=tcp --listen 10.0.0.5:7700 --secret-file secret

Replays use it with --join (docs/shards.md). Other programs use it through the library, with the file that is printed:
  import { openServed } from 'ipcbench/strategies';
  const session = await openServed(file, { process: 'orders-1' });`,
    )
    .action(async (spec: string, { format, listen, secretFile }: Flags) => {
      const serving = await serve(spec, {
        ...(listen === undefined ? {} : { listen }),
        ...(secretFile === undefined ? {} : { secretFile }),
      });
      try {
        context.stdout.write(format === 'json' ? `${JSON.stringify(told(serving))}\n` : textOf(serving));
        const lost = await Promise.race([serving.lost, interrupted(context.signal)]);
        if (lost !== undefined) throw new IpcbenchError('COORDINATOR_LOST', `${lost}; nothing is served any more`);
        context.finish(exitCodes.ok);
      } finally {
        await serving.close();
      }
    });

export default factory;

interface Flags {
  format: 'text' | 'json';
  listen?: ListenAddress;
  secretFile?: string;
}

function parseListen(text: string): ListenAddress {
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (host === '' || Number(port) > 65_535)
    throw new InvalidArgumentError('expected host:port, such as 10.0.0.5:7700 or 0.0.0.0:7700');
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

function told({ label, coordinators, file }: Serving) {
  return { strategy: label, coordinators, file };
}

function textOf({ label, coordinators, file }: Serving): string {
  const lines = coordinators.map(({ name, address, pid }) => `  ${name}: pid ${pid}, ${address}`);
  return `serving ${label}; Ctrl-C ends it\n${lines.join('\n')}\n  clients open: ${file}\n`;
}

function interrupted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
