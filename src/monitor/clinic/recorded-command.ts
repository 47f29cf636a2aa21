import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { IpcbenchError, messageOf } from '../../errors.js';
import type { NodeCommand } from './node-command.js';
import type { Recording } from './recording.js';

/** How a command that was recorded has ended. */
export type CommandEnd =
  | { kind: 'by itself'; text: string; failed: boolean }
  | { kind: 'asked' }
  | { kind: 'killed'; afterMs: number };

export interface RecordedCommandOptions {
  /** When aborted, the command is asked to end by SIGINT. */
  signal: AbortSignal;
  /** Asks it to end when it has been recorded for so long. */
  durationMs: number | undefined;
  /** How long it may take to end once asked. */
  endWithinMs: number;
  onStart: (pid: number) => void;
}

/** Where the command says that recording has begun, and where bubbleprof's preload writes a warning of one word. */
const wordDescriptor = 3;

/**
 * Runs a command with a clinic tool in it until it ends, or is told to. It has the terminal's input and output, and a process group of its
 * own: Ctrl-C reaches it once, through `signal`, and whatever is left of the group afterwards is ended.
 * @throws IpcbenchError `UNAVAILABLE` when it cannot be started
 */
export async function runRecorded(
  command: NodeCommand,
  recording: Recording,
  { signal, durationMs, endWithinMs, onStart }: RecordedCommandOptions,
): Promise<CommandEnd> {
  const child = start(command, recording);
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const { pid } = child;
  if (pid === undefined) {
    const reason = await ended.catch(messageOf);
    throw new IpcbenchError('UNAVAILABLE', `${command.node} cannot be started: ${reason}`);
  }
  onStart(pid);
  const timers: NodeJS.Timeout[] = [];
  let asked = false;
  const stop = (): void => {
    if (asked) return;
    asked = true;
    timers.push(setTimeout(() => child.kill('SIGKILL'), endWithinMs));
    // Before that, the signal would end it with nothing recorded.
    void begun.then(() => child.kill('SIGINT'));
  };
  const begun = once(child.stdio[wordDescriptor] as Readable, 'data').then(() => {
    if (durationMs !== undefined) timers.push(setTimeout(stop, durationMs));
  });
  begun.catch(() => {});
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  const [code, endSignal] = await ended;
  signal.removeEventListener('abort', stop);
  for (const timer of timers) clearTimeout(timer);
  endGroup(pid);
  if (asked) return endSignal === 'SIGKILL' ? { kind: 'killed', afterMs: endWithinMs } : { kind: 'asked' };
  return { kind: 'by itself', text: endSignal ?? `exit code ${code}`, failed: code !== 0 };
}

function start({ node, rest }: NodeCommand, recording: Recording): ChildProcess {
  const { nodeArguments, env } = recording.instrumentation(wordDescriptor);
  const child = spawn(node, [...nodeArguments, ...rest], {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, ...env },
    detached: true,
  });
  child.stdio[wordDescriptor]?.on('error', () => {});
  return child;
}

/** Children that the command has left behind. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}
