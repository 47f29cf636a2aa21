import { join } from 'node:path';
import type { Command } from 'commander';
import type { CommandContext } from '../../context.js';
import { exitCodes, IpcbenchError } from '../../errors.js';
import { findClinic } from '../../monitor/clinic/installation.js';
import { nodeCommand } from '../../monitor/clinic/node-command.js';
import { makePage } from '../../monitor/clinic/page.js';
import { openPageFolder } from '../../monitor/clinic/page-folder.js';
import { type CommandEnd, runRecorded } from '../../monitor/clinic/recorded-command.js';
import { Recording } from '../../monitor/clinic/recording.js';
import { type ClinicToolName, clinicTools } from '../../monitor/clinic/tool.js';
import { createRunDirectory } from '../../replay/run-directory.js';
import type { RawOptions } from './options.js';

export interface ClinicOptions {
  tool: ClinicToolName;
  /** Folder for the page. */
  out: string;
  /** Whether what was recorded stays there too. */
  keep: boolean;
  /** Asks the command to end after this time. */
  durationMs: number | undefined;
}

/** How long a command may take to end once it was asked to. */
const endWithinMs = 10_000;

/** Starts a command with one of clinic's tools inside, and makes clinic's page when it has ended. */
export async function profileCommand(
  context: CommandContext,
  words: readonly string[],
  options: ClinicOptions,
): Promise<void> {
  const tool = clinicTools[options.tool];
  const command = nodeCommand(words, context.env.PATH);
  const installed = findClinic(tool, process.cwd());
  const pages = openPageFolder(options.out);
  const temporary = createRunDirectory();
  try {
    const directory = options.keep ? pages.keep(`${tool.name}-recording`) : temporary.make('clinic');
    const recording = new Recording(installed, directory);
    context.stderr.write(`clinic ${tool.name} will cost ${words.join(' ')} ${tool.cost}\n`);
    let started = 0;
    const end = await runRecorded(command, recording, {
      signal: context.signal,
      durationMs: options.durationMs,
      endWithinMs,
      onStart: (pid) => {
        started = pid;
        temporary.adopt(pid);
        context.stderr.write(`recording pid ${pid}; Ctrl-C ends it and makes the page\n`);
      },
    });
    temporary.forget(started);
    context.stderr.write(`${endText(end)}; making the page of what was recorded\n`);
    const page = join(options.out, `${tool.name}-${started}.html`);
    await makePage(recording, page);
    context.stderr.write(`wrote ${page}${options.keep ? ` and ${directory}` : ''}\n`);
    const failed = end.kind === 'by itself' && end.failed;
    context.finish(failed ? exitCodes.unmeasured : exitCodes.ok);
  } finally {
    temporary.remove();
    pages.close();
  }
}

function endText(end: CommandEnd): string {
  if (end.kind === 'asked') return 'the command has ended as asked';
  if (end.kind === 'killed') return `the command did not end within ${end.afterMs / 1000} s of SIGINT and was killed`;
  return `the command has ended by itself with ${end.text}`;
}

/** Flags that go with `--clinic`; all others are about watching a process from outside. */
const clinicFlags = new Set(['clinic', 'clinicOut', 'clinicKeep', 'duration']);

/**
 * What was asked of clinic; undefined when nothing was.
 * @throws IpcbenchError `USAGE` for flags that mean nothing beside `--clinic`, or without it
 */
export function readClinicOptions(
  raw: RawOptions,
  durationMs: number | undefined,
  command: Command,
): ClinicOptions | undefined {
  const { clinic: tool, clinicOut, clinicKeep } = raw;
  if (tool === undefined) {
    if (clinicOut === undefined && clinicKeep === undefined) return undefined;
    throw new IpcbenchError('USAGE', '--clinic-out and --clinic-keep want --clinic <tool>');
  }
  const typed = command.options.filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli');
  const others = typed.filter((option) => !clinicFlags.has(option.attributeName()));
  if (others.length > 0) {
    const names = others.map(({ long }) => long).join(', ');
    throw new IpcbenchError('USAGE', `--clinic writes clinic's own page of a command it starts: leave out ${names}`);
  }
  if (command.args.length === 0)
    throw new IpcbenchError('USAGE', `--clinic ${tool} wants a node command to start, such as -- node server.js`);
  return { tool, out: clinicOut ?? 'ipcbench-clinic', keep: clinicKeep ?? false, durationMs };
}
