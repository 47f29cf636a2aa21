import { Command, CommanderError } from 'commander';
import type { CommandContext, CommandFactory } from './context.js';
import { exitCodes, isIpcbenchError, messageOf } from './errors.js';

interface Verb {
  summary: string;
  load: () => Promise<{ default: CommandFactory }>;
  /** Whether Ctrl-C is how it normally ends, rather than an interruption. */
  endsBySignal?: boolean;
}

/** Every verb: its one line in the overview, and where it lives. Loaded only when called, so that `--help` answers at once. */
const verbs: Record<string, Verb> = {
  replay: {
    summary: 'replays a recorded trace on each strategy and compares them',
    load: () => import('./commands/replay.js'),
  },
  compare: {
    summary: 'tells what changed between reports, with its noise',
    load: () => import('./commands/compare.js'),
  },
  report: { summary: 'renders reports again, or merges them', load: () => import('./commands/report.js') },
  profile: {
    summary: 'watches a live process: how busy it is, why, and what to try',
    load: () => import('./commands/profile.js'),
    endsBySignal: true,
  },
  serve: {
    summary: "runs a strategy's coordinators in the foreground, to profile them or to use them",
    load: () => import('./commands/serve.js'),
    endsBySignal: true,
  },
  trace: {
    summary: 'inspects, validates, generates and converts traces',
    load: () => import('./commands/trace.js'),
  },
  strategies: {
    summary: 'lists or explains strategies, their options and claims, and whether they can run here',
    load: () => import('./commands/strategies.js'),
  },
};

async function main(argv: readonly string[]): Promise<number> {
  let exitCode: number = exitCodes.ok;
  const context: CommandContext = {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    signal: interruption(),
    finish: (code) => {
      exitCode = code;
    },
  };
  try {
    const program = overview();
    const verb = argv.find((word) => !word.startsWith('-'));
    const known = verb === undefined || verb === 'help' ? undefined : verbs[verb];
    if (known !== undefined) {
      const command = (await known.load()).default(context);
      refuseExits(command);
      await command.parseAsync(argv.slice(argv.indexOf(verb ?? '') + 1), { from: 'user' });
      if (known.endsBySignal === true) return exitCode;
    } else {
      await program.parseAsync(argv, { from: 'user' });
    }
    return context.signal.aborted && exitCode === exitCodes.ok ? exitCodes.interrupted : exitCode;
  } catch (error) {
    return report(error);
  }
}

function overview(): Command {
  const program = new Command('ipcbench')
    .description('Replays recorded traces against real implementations of every way to share state between processes.')
    .showSuggestionAfterError();
  for (const [name, { summary }] of Object.entries(verbs))
    program
      .command(name)
      .description(summary)
      .action(() => {});
  return refuseExits(program);
}

/** commander would end the process itself; here it throws, so that only this file decides the exit code. Its errors become one line. */
function refuseExits(command: Command): Command {
  command.exitOverride().configureOutput({ outputError: (text, write) => write(oneLine(text)) });
  for (const child of command.commands) refuseExits(child);
  return command;
}

function oneLine(text: string): string {
  const words = text.trim().replace(/^error: /, '');
  return `ipcbench: ${words.replace(/\n\(Did you mean (.+?)\?\)$/, '; did you mean $1?').replaceAll('\n', ' ')}\n`;
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  process.stderr.write(`ipcbench: ${messageOf(error)}\n`);
  if (isIpcbenchError(error)) return error.exitCode;
  if (process.env.IPCBENCH_DEBUG !== undefined && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return exitCodes.unmeasured;
}

/** The first signal asks the command to stop; the second stops waiting for it. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}

process.exitCode = await main(process.argv.slice(2));
