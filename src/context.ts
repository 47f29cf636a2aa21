import type { Command } from 'commander';

/** What a command may use of the process it runs in; `cli.ts` alone reads argv, owns signals and sets the exit code. */
export interface CommandContext {
  /** Data goes here. */
  stdout: NodeJS.WriteStream;
  /** Progress and narration go here. */
  stderr: NodeJS.WriteStream;
  stdin: NodeJS.ReadStream;
  env: Readonly<Record<string, string | undefined>>;
  /** Aborted by the first Ctrl-C or SIGTERM: stop, save what there is, clean up. A second one ends the process at once. */
  signal: AbortSignal;
  /** Says how the command ended; the last call counts. Errors are thrown instead. */
  finish(exitCode: number): void;
}

/** Default export of each `commands/<verb>.ts`: declares options, help and an example, and wires the parts together in its action. */
export type CommandFactory = (context: CommandContext) => Command;
