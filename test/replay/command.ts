import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '#src/report/model.js';
import { folder, packageRoot } from './bench-trace.js';

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** `ipcbench` as a process of its own, with a folder for temporary files of its own. */
export interface Command {
  child: ChildProcess;
  temporaryFolder: string;
  ended: Promise<Ended>;
}

export async function startReplay(
  context: TestContext,
  args: readonly string[],
  cwd?: string,
  environment?: Record<string, string>,
): Promise<Command> {
  return startCommand(context, ['replay', ...args], cwd, environment);
}

export async function startCommand(
  context: TestContext,
  args: readonly string[],
  cwd?: string,
  environment: Record<string, string> = {},
): Promise<Command> {
  const temporaryFolder = await folder(context);
  const child = spawn(process.execPath, [join(packageRoot, 'bin/ipcbench.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, as a shell would give it.
    detached: true,
    env: { ...process.env, TMPDIR: temporaryFolder, NO_COLOR: '1', ...environment },
    ...(cwd === undefined ? {} : { cwd }),
  });
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, stdout, stderr }));
  context.after(() => void child.kill('SIGKILL'));
  return { child, temporaryFolder, ended };
}

export async function replayCommand(
  context: TestContext,
  args: readonly string[],
  cwd?: string,
  environment?: Record<string, string>,
): Promise<Ended> {
  return (await startReplay(context, args, cwd, environment)).ended;
}

export function readReport(path: string): Report {
  return JSON.parse(readFileSync(path, 'utf8')) as Report;
}

/** Processes whose command line or environment names this run's temporary folder, or that descend from the command. */
export function processesOf({ child, temporaryFolder }: Command): { pid: number; role: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== child.pid)
    .flatMap((name) => {
      const pid = Number(name);
      if (!readOrEmpty(`/proc/${name}/environ`).includes(temporaryFolder)) return [];
      const commandLine = readOrEmpty(`/proc/${name}/cmdline`).replaceAll('\0', ' ');
      const [, role = 'other'] = /(worker|coordinator-host|steward)\.js/.exec(commandLine) ?? [];
      return commandLine === '' ? [] : [{ pid, role }];
    });
}

/** The text of a file of /proc, which may be gone any moment. */
export function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** Waits until `holds` returns something. */
export async function until<T>(what: string, holds: () => T | undefined | false, withinMs = 20_000): Promise<T> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const found = holds();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadlineMs) throw new Error(`${what} did not come about within ${withinMs / 1000} s`);
    await sleep(50);
  }
}

/** Waits until nothing of the run is left: no process, and nothing in its folder for temporary files. */
export async function untilNothingIsLeft(command: Command): Promise<void> {
  const left = (): string => {
    const files = readdirSync(command.temporaryFolder);
    return [...processesOf(command).map(({ pid, role }) => `${role} ${pid}`), ...files].join(', ');
  };
  await until('an empty place', () => left() === '').catch((error) => {
    throw new Error(`left behind: ${left()}`, { cause: error });
  });
}
