import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
  /** How long it may take to end then. */
  endWithinMs: number;
  onStart: (pid: number) => void;
}

/**
 * Runs a command with a clinic tool in it until it ends, or is told to. It has the terminal's input and output, and a process group of its
 * own: Ctrl-C reaches it once, through `signal`, and whatever is left of the group afterwards is ended.
 * @throws IpcbenchError `UNAVAILABLE` when it cannot be started
 */
export async function runRecorded(
  { node, rest }: NodeCommand,
  recording: Recording,
  { signal, endWithinMs, onStart }: RecordedCommandOptions,
): Promise<CommandEnd> {
  const { nodeArguments, env } = recording.instrumentation();
  const child = spawn(node, [...nodeArguments, ...rest], {
    // Bubbleprof writes a warning of one word to descriptor 3.
    stdio: ['inherit', 'inherit', 'inherit', 'ignore'],
    env: { ...process.env, ...env },
    detached: true,
  });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const { pid } = child;
  if (pid === undefined) {
    const reason = await ended.catch(messageOf);
    throw new IpcbenchError('UNAVAILABLE', `${node} cannot be started: ${reason}`);
  }
  onStart(pid);
  let asked = false;
  let deadline: NodeJS.Timeout | undefined;
  const stop = (): void => {
    asked = true;
    child.kill('SIGINT');
    deadline = setTimeout(() => child.kill('SIGKILL'), endWithinMs);
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const [code, endSignal] = await ended;
  signal.removeEventListener('abort', stop);
  clearTimeout(deadline);
  endGroup(pid);
  if (asked) return endSignal === 'SIGKILL' ? { kind: 'killed', afterMs: endWithinMs } : { kind: 'asked' };
  const text = endSignal === null ? `exit code ${code}` : endSignal;
  return { kind: 'by itself', text, failed: code !== 0 };
}

/** Children that the command has left behind. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}
