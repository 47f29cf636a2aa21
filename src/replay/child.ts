import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { IpcbenchError } from '../errors.js';
import { longestTimerMs } from '../measure/clock.js';
import type { Instrumentation } from '../monitor/clinic/recording.js';
import type { RunDirectory } from './run-directory.js';

/** How a child process ended, in words a person can use. */
export interface Exit {
  text: string;
  /** What it last wrote to its standard error. */
  stderr: string;
}

/** A process of the run's own, spoken to by messages. */
export interface Child<To, From> {
  readonly name: string;
  readonly pid: number;
  /** Resolves when it has ended; never rejects. */
  readonly exited: Promise<Exit>;
  send(message: To): void;
  /** Sends a signal, unless it has ended. */
  signal(name: NodeJS.Signals): void;
  listen(onMessage: (message: From) => void): void;
  /**
   * The next message that `pick` makes something of. Rejects when the child fails, ends, or lets `timeoutMs` pass (or as long as a timer holds,
   * where that is shorter).
   */
  expect<T>(pick: (message: From) => T | undefined, what: string, timeoutMs: number): Promise<T>;
  /** Asks it to end by `message`, and ends it after `withinMs` all the same. */
  end(message: To | undefined, withinMs: number): Promise<void>;
}

export interface ChildOptions {
  name: string;
  /** File beside this module: the child's entry. */
  entry: string;
  runDirectory: RunDirectory;
  /** Core to stay on. */
  core: number | undefined;
  /** What is to run inside it beside its program. */
  instrumentation?: Instrumentation | undefined;
  /** Options of node itself. */
  nodeOptions?: readonly string[];
}

const stderrKept = 4_096;
const lastMessagesMs = 500;

export function startChild<To extends object, From extends { kind: string }>(options: ChildOptions): Child<To, From> {
  const child = spawnNode(options);
  const listeners = new Set<(message: From) => void>();
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-stderrKept);
  });
  const pid = child.pid ?? 0;
  if (pid > 0) options.runDirectory.adopt(pid);
  child.on('message', (message) => {
    for (const listener of [...listeners]) listener(message as From);
  });
  const exited = new Promise<Exit>((resolve) => {
    const over = (text: string): void => {
      options.runDirectory.forget(pid);
      resolve({ text, stderr: stderr.trim() });
    };
    const drained = lastMessages(child);
    child.once('exit', (code, signal) => {
      const text = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
      void drained().then(() => over(text));
    });
    child.once('error', (error) => over(`could not be started: ${error.message}`));
  });
  const send = (message: To): void => {
    if (child.connected) child.send(message, () => {});
  };
  const expect = <T>(pick: (message: From) => T | undefined, what: string, timeoutMs: number): Promise<T> =>
    new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        listeners.delete(listener);
        act();
      };
      const fail = (text: string): void => settle(() => reject(new IpcbenchError('WORKER_LOST', text)));
      const listener = (message: From): void => {
        const picked = pick(message);
        if (picked !== undefined) settle(() => resolve(picked));
        else if (message.kind === 'failed')
          fail(`${options.name}: ${'message' in message ? message.message : 'failed'}`);
      };
      const withinMs = Math.min(timeoutMs, longestTimerMs);
      const timer = setTimeout(() => fail(`${options.name} did not ${what} within ${withinMs / 1000} s`), withinMs);
      listeners.add(listener);
      void exited.then((exit) => fail(`${options.name} ${exit.text} before it could ${what}${lastLine(exit.stderr)}`));
    });
  return {
    name: options.name,
    pid,
    exited,
    send,
    signal: (name) => void child.kill(name),
    listen: (onMessage) => void listeners.add(onMessage),
    expect,
    end: async (message, withinMs) => {
      if (message !== undefined) send(message);
      else child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), withinMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** The end of a process can be told before its last message and its last words are: this waits for those. */
function lastMessages(child: ChildProcess): () => Promise<unknown> {
  const told = (event: 'close' | 'disconnect') => new Promise<void>((resolve) => child.once(event, () => resolve()));
  const all = Promise.all([told('close'), told('disconnect')]);
  return () => Promise.race([all, sleep(lastMessagesMs, undefined, { ref: false })]);
}

function spawnNode({ entry, core, instrumentation, nodeOptions = [] }: ChildOptions): ChildProcess {
  const module = fileURLToPath(new URL(entry, import.meta.url));
  const stdio: ('ignore' | 'pipe' | 'ipc')[] = ['ignore', 'ignore', 'pipe', 'ipc'];
  const nodeArguments = [...nodeOptions, ...(instrumentation?.nodeArguments ?? [])];
  const env = { ...process.env, ...instrumentation?.env };
  if (core === undefined) return fork(module, { stdio, env, execArgv: nodeArguments });
  // taskset(1) sets the affinity and becomes the process it starts, so pid and channel stay the same.
  const execArgv = ['-c', String(core), process.execPath, ...nodeArguments];
  return fork(module, { stdio, env, execPath: 'taskset', execArgv });
}

function lastLine(stderr: string): string {
  const line = stderr
    .split('\n')
    .filter((text) => text.trim() !== '' && !text.startsWith('    at ') && !text.startsWith('Node.js v'))
    .at(-1);
  return line === undefined ? '' : `: ${line.trim()}`;
}
