import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

/** A real process for a test to watch; it has printed its first line, and ends with the test. */
export interface Target {
  pid: number;
  child: ChildProcess;
  /** The first line it printed. */
  greeting: string;
  end(): Promise<void>;
}

/** Starts a program and waits for its first line. */
export async function startTarget(
  t: TestContext,
  command: string,
  args: readonly string[],
  env = process.env,
): Promise<Target> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const exited = once(child, 'exit');
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  t.after(end);
  const lines = createInterface({ input: child.stdout });
  const [greeting] = (await Promise.race([
    once(lines, 'line'),
    exited.then(() => Promise.reject(new Error(`${command} ended before it was ready`))),
  ])) as [string];
  if (child.pid === undefined) throw new Error(`${command} did not start`);
  return { pid: child.pid, child, greeting, end };
}

/** Starts a Node program given as source; it must print a line once it is ready. */
export function startNode(t: TestContext, source: string, ...options: string[]): Promise<Target> {
  return startTarget(t, process.execPath, [...options, '-e', source]);
}

/** Starts a Python program given as source; it must print a line (flushed) once it is ready. A manager that is killed leaves its folder. */
export async function startPython(t: TestContext, source: string): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'ipcb-py-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return startTarget(t, 'python3', ['-c', source], { ...process.env, TMPDIR: folder });
}

/** Computes for ever on the main thread, in slices so that the event loop turns. */
export const busyNode = `
  console.log('ready');
  const spin = () => { const until = Date.now() + 20; while (Date.now() < until); setImmediate(spin); };
  spin();
`;

/** Does nothing. */
export const idleNode = `console.log('ready'); setInterval(() => {}, 1000);`;
